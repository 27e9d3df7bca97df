import type { Principal, RefusalReason } from '../core/index.js';

type Answer = RefusalReason | undefined;

/** Not registered: another copy of the library keeps its own. */
const PROOF = Symbol('authz:proof');

interface Carrier {
  [PROOF]?: { readonly token: string; readonly answer: Answer | Promise<Answer> } | undefined;
}

/**
 * Has the possession of a bound token proven once for each request or connection: a proof may be used once, and a GraphQL request asks for
 * many fields, a socket sends many messages. Only what was proven is kept: on a connection a failure may be mended.
 */
export function provenOnce(
  carrier: object,
  { claims }: Principal,
  token: string,
  prove: () => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  if (claims['cnf'] === undefined) return prove();
  const holder: Carrier = carrier;
  const known = holder[PROOF];
  if (known?.token === token) return known.answer;
  const answer = prove();
  if (answer instanceof Promise) keepWhileGood(holder, token, answer);
  else if (answer === undefined) holder[PROOF] = { token, answer };
  return answer;
}

function keepWhileGood(holder: Carrier, token: string, answer: Promise<Answer>): void {
  const proof = { token, answer };
  holder[PROOF] = proof;
  const forget = () => {
    if (holder[PROOF] === proof) holder[PROOF] = undefined;
  };
  answer.then((reason) => reason !== undefined && forget(), forget);
}
