/** Prefix of a token among the subprotocols of a handshake: `new WebSocket(url, ['authz', 'bearer.' + token])`. */
const PREFIX = 'bearer.';

/** `handleProtocols` of ws: receives the offered protocols in order and returns the chosen one, or `false` for none. */
export type ChooseProtocol = (offered: Set<string>, request: unknown) => string | false;

/** Returns the tokens among the offered subprotocols. @param headers Values of `Sec-WebSocket-Protocol`, one per occurrence. */
export function bearerProtocols(headers: readonly string[]): readonly string[] {
  return headers
    .flatMap((value) => value.split(','))
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol.startsWith(PREFIX))
    .map((protocol) => protocol.slice(PREFIX.length));
}

/**
 * Chooses among the protocols that are not tokens: by the application's choice, otherwise the first. If a client offers only tokens, none is chosen,
 * so that no response repeats a token; browsers then close the connection.
 */
export function chooseProtocol(choice: unknown): ChooseProtocol {
  return (offered, request) => {
    const others = new Set([...offered].filter((protocol) => !protocol.startsWith(PREFIX)));
    const [first] = others;
    if (first === undefined) return false;
    return typeof choice === 'function' ? (choice as ChooseProtocol)(others, request) : first;
  };
}
