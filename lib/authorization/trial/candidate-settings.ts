import { AuthzConfigError, shown } from '../../core/index.js';
import { mappingSource, type MappingSource } from '../../mapping/index.js';

/**
 * Returns the source of the candidate mapping; `undefined` if there is none.
 * @throws AuthzConfigError if the option is neither a document nor a source, or is the same object as `mapping`.
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
      '"candidate" is the same object as "mapping". Write another document or source: a source keeps state of the documents that it has loaded.',
    );
  const source = mappingSource(candidate);
  if (source !== undefined) return source;
  throw new AuthzConfigError(
    'AUTHZ_MAPPING_OPTION',
    `"candidate" must be { roles: { viewer: ['orders:read'] } } or a source such as fileMapping('next.yaml'), got ${shown(candidate)}.`,
  );
}
