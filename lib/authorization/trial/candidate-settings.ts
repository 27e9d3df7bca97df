import { AuthzConfigError, shown } from '../../core/index.js';
import { mappingSource, type MappingSource } from '../../mapping/index.js';

/**
 * Returns where the candidate mapping comes from; `undefined` if there is none.
 * @throws AuthzConfigError if the option is no document and no source, or the very source that the mapping in use comes from.
 */
export function parseCandidate({
  candidate,
  mapping,
}: {
  readonly candidate?: unknown;
  readonly mapping?: unknown;
}): MappingSource | undefined {
  if (candidate === undefined) return undefined;
  if (candidate === mapping)
    throw new AuthzConfigError(
      'AUTHZ_OPTION_CONFLICT',
      '"candidate" is the same object as "mapping". Write a document or a source of its own: a source remembers its last answer.',
    );
  const source = mappingSource(candidate);
  if (source !== undefined) return source;
  throw new AuthzConfigError(
    'AUTHZ_MAPPING_OPTION',
    `"candidate" must be { roles: { viewer: ['orders:read'] } } or a source such as fileMapping('next.yaml'), got ${shown(candidate)}.`,
  );
}
