import { AuthzConfigError, shown } from '../../core/index.js';
import { mappingSource, type MappingSource } from '../../mapping/index.js';

/**
 * Where the candidate mapping comes from; `undefined` if there is none.
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
      'AUTHZ_CANDIDATE',
      '"candidate" is the same object as "mapping". Write a document or a source of its own: a source remembers what it brought.',
    );
  const source = mappingSource(candidate);
  if (source !== undefined) return source;
  throw new AuthzConfigError(
    'AUTHZ_CANDIDATE',
    `"candidate" must be { roles: { viewer: ['orders:read'] } } or a source such as fileMapping('next.yaml'), got ${shown(candidate)}.`,
  );
}
