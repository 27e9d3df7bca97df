import type { Principal } from '../../core/index.js';

/** `Symbol()`, not `Symbol.for()`: two copies of the library must not share state. */
const PROVEN = Symbol('authz:proven');

interface Carrier {
  [PROVEN]?: string;
}

/**
 * Checks possession of a bound token once per request or connection: a proof may be used once, but a GraphQL request has many fields and a socket
 * sends many messages. Only success is kept: a client may correct a failure on the same connection.
 * @param prove Returns why the token may not be used; `undefined` if it may.
 */
export function provenOnce<T>(carrier: object, { claims }: Principal, token: string, prove: () => T | undefined): T | undefined {
  if (claims['cnf'] === undefined) return prove();
  const holder: Carrier = carrier;
  if (holder[PROVEN] === token) return undefined;
  const fault = prove();
  if (fault === undefined) holder[PROVEN] = token;
  return fault;
}
