import type { Principal, RefusalReason } from '../core/index.js';

type Answer = RefusalReason | undefined;

/** Not registered: another copy of the library keeps its own. */
const PROOF = Symbol('authz:proof');

interface Carrier {
  [PROOF]?: { readonly token: string; readonly answer: Answer | Promise<Answer> };
}

/**
 * Has the possession of a bound token proven once for each request or connection: a proof may be used once, and a GraphQL request asks for
 * many fields, a socket sends many messages.
 */
export function provenOnce(
  carrier: object,
  { claims }: Principal,
  token: string,
  prove: () => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  if (claims['cnf'] === undefined) return prove();
  const known = (carrier as Carrier)[PROOF];
  if (known?.token === token) return known.answer;
  const answer = prove();
  (carrier as Carrier)[PROOF] = { token, answer };
  return answer;
}
