import { AuthzConfigError, isRecord, membersOf, numberOption, peek, readOptions, shown } from '../core/index.js';
import type { MappingDocument } from './document/mapping-document.interface.js';
import type { MappingProviderOption } from './mapping-options.interface.js';
import type { MappingSource } from './mapping-source.interface.js';
import { isSource } from './sources/source-option.js';
import { staticMapping } from './sources/static-mapping.js';

/** Default timeout for a provider's promise, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 2000;

/** The option `mapping`, checked and complete: a source of the mapping, or the application's provider. */
export type MappingSettings = { readonly timeoutMs: number } & (
  { readonly source: MappingSource } | { readonly provider: MappingProviderOption['provider'] }
);

const MEMBERS = membersOf<MappingProviderOption>()(['provider', 'timeoutMs']);

/** Reads the option `mapping`. @throws AuthzConfigError */
export function parseMappingOptions(mapping: unknown): MappingSettings {
  if (isRecord(mapping)) {
    if (hasProvider(mapping)) return parseProvider(mapping);
    const source = mappingSource(mapping);
    if (source !== undefined) return { source, timeoutMs: DEFAULT_TIMEOUT_MS };
  }
  throw new AuthzConfigError(
    'AUTHZ_MAPPING_OPTION',
    `"mapping" must be { roles: { viewer: ['orders:read'] } }, fileMapping('mapping.yaml') or { provider: MyProvider }, got ${shown(mapping)}.`,
  );
}

/** Returns the value if it is a source, a new source if it is a document, and `undefined` for any other value. */
export function mappingSource(value: unknown): MappingSource | undefined {
  if (!isRecord(value) || hasProvider(value)) return undefined;
  if (isSource(value)) return value;
  return peek(value, 'roles') !== undefined ? staticMapping(value as unknown as MappingDocument) : undefined;
}

/** Returns true also for `provider: undefined`, such as from an import that failed: it must not be read as a document. */
function hasProvider(value: object): boolean {
  try {
    return 'provider' in value;
  } catch {
    return false;
  }
}

function parseProvider(mapping: Record<string, unknown>): MappingSettings {
  const given = readOptions(mapping, { place: '"mapping"', members: MEMBERS, example: '{ provider: MyProvider }' });
  const { provider } = given;
  if (typeof provider !== 'function' && typeof peek(provider, 'permissionsFor') !== 'function')
    throw new AuthzConfigError(
      'AUTHZ_MAPPING_PROVIDER',
      `"mapping.provider" must be a class or an object with the method permissionsFor(roles, principal), got ${shown(provider)}.`,
    );
  return {
    provider: provider as MappingProviderOption['provider'],
    timeoutMs: numberOption(given.timeoutMs, {
      option: 'mapping.timeoutMs',
      unit: 'milliseconds',
      min: 1,
      max: 60_000,
      default: DEFAULT_TIMEOUT_MS,
    }),
  };
}
