import {
  choiceOption,
  flagOption,
  formOf,
  identifier,
  isName,
  isRecord,
  membersOf,
  readOptions,
  readTenantName,
  UnreadableClaim,
} from '../../../core/index.js';
import { resultOf, syncFunctionOption } from './function-option.js';
import type { TenantOptions } from '../options/issuer-options.interface.js';
import { trustedClaimPath } from './role-reader.js';

/** Reads the tenant in the value of a claim; `undefined` if the value means no tenant. */
type TenantReader = (value: unknown, claim: string | readonly string[]) => string | undefined | UnreadableClaim;

/** The settings of the option `tenant`. */
export interface TenantSettings {
  readonly tenant: readonly string[];
  /** `undefined`: one identifier. */
  readonly readTenant: TenantReader | undefined;
  readonly requiresTenant: true | undefined;
}

const MEMBERS = membersOf<TenantOptions>()(['claim', 'format', 'required']);

/** Reads the option `tenant`. @param place How messages name it: `issuer.tenant`. @throws AuthzConfigError */
export function tenantSettings(value: unknown, place: string): TenantSettings {
  if (!isRecord(value)) return { tenant: trustedClaimPath(value, place), readTenant: undefined, requiresTenant: undefined };
  const example = "{ claim: 'tenant', format: 'single' }";
  const { claim, format = 'string', required } = readOptions(value, { place: `"${place}"`, members: MEMBERS, example });
  return {
    tenant: trustedClaimPath(claim, `${place}.claim`),
    readTenant: tenantReader(format, `${place}.format`),
    requiresTenant: flagOption(required, `${place}.required`) || undefined,
  };
}

function tenantReader(format: unknown, option: string): TenantReader | undefined {
  if (typeof format === 'function') return byFunction(syncFunctionOption(format as (value: unknown) => unknown, option));
  return choiceOption(format, option, ['string', 'single'], { more: 'a function' }) === 'single' ? readSingle : undefined;
}

function readSingle(value: unknown, claim: string | readonly string[]): string | undefined | UnreadableClaim {
  const names: readonly unknown[] = Array.isArray(value) ? value : isRecord(value) ? Object.keys(value) : [value];
  const [name, ...others] = new Set(names);
  if (names.length === 0) return undefined;
  if (others.length === 0 && typeof name !== 'object') return readTenantName(name, claim);
  const advice = 'Write tenant: { claim, format } with a function that picks one.';
  return new UnreadableClaim('tenant', claim, `${formOf(value)}, where one tenant is read`, advice);
}

/** Only `null` means no tenant: a function that looks in the wrong place returns `undefined`. */
function byFunction(read: (value: unknown) => unknown): TenantReader {
  return (value, claim) => {
    const name = resultOf(read, value);
    if (name === null) return undefined;
    const tenant = identifier(name);
    if (isName(tenant)) return tenant;
    return new UnreadableClaim(
      'tenant',
      claim,
      `${formOf(value)}, for which the function in "tenant.format" throws or returns no name`,
      'Have the function return the tenant as a string, or null for no tenant.',
    );
  };
}
