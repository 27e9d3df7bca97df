import type { Principal } from '../../core/index.js';

/** Not registered: another copy of the library keeps its own. */
const PROVEN = Symbol('authz:proven');

interface Carrier {
  [PROVEN]?: string;
}

/**
 * Has the possession of a bound token proven once for each request or connection: a proof may be used once, and a GraphQL request asks for
 * many fields, a socket sends many messages. Only what was proven is kept: on a connection a failure may be mended.
 * @param prove Why the token may not be used; `undefined` if it may.
 */
export function provenOnce<T>(carrier: object, { claims }: Principal, token: string, prove: () => T | undefined): T | undefined {
  if (claims['cnf'] === undefined) return prove();
  const holder: Carrier = carrier;
  if (holder[PROVEN] === token) return undefined;
  const fault = prove();
  if (fault === undefined) holder[PROVEN] = token;
  return fault;
}
