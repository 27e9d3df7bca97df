/** Before a token among the subprotocols of a handshake: `new WebSocket(url, ['authz', 'bearer.' + token])`. */
const PREFIX = 'bearer.';

/** As ws calls it: the protocols offered, in order; answers which is spoken, or that none is. */
export type ChooseProtocol = (offered: Set<string>, request: unknown) => string | false;

/** The tokens among the subprotocols offered. @param headers Values of `Sec-WebSocket-Protocol`, one per occurrence. */
export function bearerProtocols(headers: readonly string[]): readonly string[] {
  return headers
    .flatMap((value) => value.split(','))
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol.startsWith(PREFIX))
    .map((protocol) => protocol.slice(PREFIX.length));
}

/**
 * Chooses among the protocols that are no token: as the application does, otherwise the first. Where only a token is offered none is
 * chosen, so that no answer repeats it; browsers give up such a connection.
 */
export function chooseProtocol(choice: unknown): ChooseProtocol {
  return (offered, request) => {
    const others = new Set([...offered].filter((protocol) => !protocol.startsWith(PREFIX)));
    const [first] = others;
    if (first === undefined) return false;
    return typeof choice === 'function' ? (choice as ChooseProtocol)(others, request) : first;
  };
}
