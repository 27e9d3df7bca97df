import {
  AuthzConfigError,
  choiceOption,
  isRecord,
  itemsOf,
  numberOption,
  optional,
  shown,
  stringOrStringsOption,
  stringsOption,
} from '../../../core/index.js';
import { DEFAULT_ALGORITHMS, parseAlgorithms, type Algorithm } from '../../../jws/index.js';
import { syncFunctionOption } from '../claims/function-option.js';
import type { GivenIssuer } from './issuer-members.js';
import type { IssuerOptions } from './issuer-options.interface.js';

/** The module's settings for all issuers. */
export interface IssuerDefaults {
  readonly audience: unknown;
  readonly algorithms: readonly Algorithm[] | undefined;
  readonly profile: 'generic' | 'rfc9068';
  readonly clockToleranceSeconds: number;
  readonly maxTokenLifetimeSeconds: number | undefined;
  readonly maxRoles: number;
  readonly jwksMaxStaleSeconds: number;
}

/** Conditions that the tokens of an issuer must meet. */
export interface IssuerConditions {
  /** `null`: any audience. */
  readonly audience: readonly string[] | null;
  /** `undefined`: any client. */
  readonly clientIds: readonly (string | null)[] | undefined;
  readonly algorithms: readonly string[];
  readonly profile: 'generic' | 'rfc9068';
  readonly requiredClaims: ReadonlyMap<string, readonly string[]>;
  readonly refuse: IssuerOptions['refuse'];
  readonly tokenKind: 'access' | 'id';
}

/** Checks the options that say which tokens are accepted. @param place Name of the issuer in messages. @throws AuthzConfigError */
export function issuerConditions(given: GivenIssuer, place: string, defaults: IssuerDefaults): IssuerConditions {
  const refuse = (value: unknown) => syncFunctionOption(value as IssuerOptions['refuse'], `${place}.refuse`);
  return {
    audience:
      given.audience === undefined ? audience(defaults.audience, 'audience') : audience(given.audience, `${place}.audience`),
    clientIds: optional(given.clientIds, (value) => clientIds(value, `${place}.clientIds`)),
    algorithms:
      given.legacy?.algorithms ??
      parseAlgorithms(given.algorithms, `${place}.algorithms`) ??
      defaults.algorithms ??
      DEFAULT_ALGORITHMS,
    profile: parseProfile(given.profile, `${place}.profile`) ?? defaults.profile,
    requiredClaims: requiredClaims(given.requiredClaims, `${place}.requiredClaims`),
    refuse: optional(given.refuse, refuse),
    tokenKind: choiceOption(given.tokenKind, `${place}.tokenKind`, ['access', 'id'], { byDefault: 'access' }),
  };
}

/** Reads the option `profile`. @throws AuthzConfigError */
export function parseProfile(value: unknown, option: string): 'generic' | 'rfc9068' | undefined {
  return optional(value, (given) => choiceOption(given, option, ['generic', 'rfc9068']));
}

/** Reads the option `maxTokenLifetimeSeconds`. @throws AuthzConfigError */
export function parseTokenLifetime(value: unknown, option: string): number | undefined {
  return optional(value, (given) => numberOption(given, { option, unit: 'seconds', min: 1, max: 31_536_000, default: 0 }));
}

function audience(value: unknown, option: string): readonly string[] | null {
  if (value === null) return null;
  if (value !== undefined) return Object.freeze([stringOrStringsOption(value, option)].flat());
  throw new AuthzConfigError(
    'AUTHZ_AUDIENCE',
    `"audience" is missing. Write the identifier of this API at the token issuer, such as audience: 'https://orders.acme.com', or audience: null to accept tokens for any API.`,
  );
}

function clientIds(value: unknown, option: string): readonly (string | null)[] {
  const items = itemsOf(value);
  if (!items?.includes(null)) return stringsOption(value, option);
  const names = items.filter((name) => name !== null);
  return Object.freeze(names.length === 0 ? [null] : [...stringsOption(names, option), null]);
}

function requiredClaims(value: unknown, option: string): ReadonlyMap<string, readonly string[]> {
  if (value === undefined) return new Map();
  const claims = isRecord(value) ? Object.entries(value).map(([name, values]) => [name, [values].flat()] as const) : undefined;
  if (claims?.every(([, values]) => values.length > 0 && values.every((entry) => typeof entry === 'string')))
    return new Map(claims as [string, string[]][]);
  throw new AuthzConfigError(
    'AUTHZ_OPTIONS',
    `"${option}" must be an object of claim names and strings such as { token_use: 'access' }, got ${shown(value)}.`,
  );
}
