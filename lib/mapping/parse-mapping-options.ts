import { AuthzConfigError, isRecord, numberOption, refuseUnknownMembers, shown } from '../core/index.js';
import type { MappingDocument } from './document/mapping-document.interface.js';
import type { MappingProviderOption } from './mapping-options.interface.js';
import type { MappingSource } from './mapping-source.interface.js';
import { staticMapping } from './sources/static-mapping.js';

/** Default time to await a provider's promise, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 2000;

/** The checked option `mapping`: a source of the mapping, or the application's provider. */
export type MappingSettings = { readonly timeoutMs: number } & (
  { readonly source: MappingSource } | { readonly provider: MappingProviderOption['provider'] }
);

/** Parses the option `mapping`. @throws AuthzConfigError if the value is not a document, a source or a provider. */
export function parseMappingOptions(mapping: unknown): MappingSettings {
  if (isRecord(mapping)) {
    if ('provider' in mapping) return parseProvider(mapping);
    const source = mappingSource(mapping);
    if (source !== undefined) return { source, timeoutMs: DEFAULT_TIMEOUT_MS };
  }
  throw new AuthzConfigError(
    'AUTHZ_MAPPING_OPTION',
    `"mapping" must be { roles: { viewer: ['orders:read'] } }, fileMapping('mapping.yaml') or { provider: MyProvider }, got ${shown(mapping)}.`,
  );
}

/** Returns a value that is a source, or a source for a value that is a document; `undefined` for any other value. */
export function mappingSource(value: unknown): MappingSource | undefined {
  if (!isRecord(value) || 'provider' in value) return undefined;
  if (typeof value['load'] === 'function') return value as unknown as MappingSource;
  return 'roles' in value ? staticMapping(value as unknown as MappingDocument) : undefined;
}

function parseProvider(mapping: Record<string, unknown>): MappingSettings {
  refuseUnknownMembers(mapping, ['provider', 'timeoutMs'], '"mapping"');
  const { provider } = mapping;
  if (typeof provider !== 'function' && !(isRecord(provider) && typeof provider['permissionsFor'] === 'function'))
    throw new AuthzConfigError(
      'AUTHZ_MAPPING_PROVIDER',
      `"mapping.provider" must be a class or an object with the method permissionsFor(roles, principal), got ${shown(provider)}.`,
    );
  return {
    provider: provider as MappingProviderOption['provider'],
    timeoutMs: numberOption(mapping['timeoutMs'], {
      option: 'mapping.timeoutMs',
      unit: 'milliseconds',
      min: 1,
      max: 60_000,
      default: DEFAULT_TIMEOUT_MS,
    }),
  };
}
