/** Why a token is refused, by its code of RFC 8935 section 2.4. */
export interface TokenFault {
  readonly err:
    'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience' | 'authentication_failed' | 'access_denied';
  /** For whoever sent it. One of a fixed list: never with anything of the token in it. */
  readonly description: string;
}

/** Every fault there is. */
export const FAULTS = {
  body: { err: 'invalid_request', description: 'The request has no such body as is asked for here.' },
  oversized: { err: 'invalid_request', description: 'The request body is too large.' },
  endless: { err: 'invalid_request', description: 'The request body is much too large, and was not read to its end.' },
  authorization: { err: 'authentication_failed', description: 'The Authorization header is missing or is another one.' },
  malformed: { err: 'invalid_request', description: 'The token is no signed JWT in compact form.' },
  type: { err: 'invalid_request', description: 'The token is of another type ("typ").' },
  algorithm: { err: 'invalid_key', description: 'The token is signed with an algorithm that is not accepted here.' },
  issuer: { err: 'invalid_issuer', description: 'The token is of another issuer ("iss").' },
  key: { err: 'invalid_key', description: 'The token is signed with a key that its issuer does not publish.' },
  signature: { err: 'invalid_key', description: 'The signature of the token is wrong.' },
  audience: { err: 'invalid_audience', description: 'The token is for somebody else ("aud").' },
  times: {
    err: 'invalid_request',
    description: 'The token has no time of issue, or was issued too long ago or in the future ("iat").',
  },
  expired: { err: 'invalid_request', description: 'The token has ended, or does not hold yet ("exp", "nbf").' },
  id: { err: 'invalid_request', description: 'The token has no id, or is delivered under another one ("jti").' },
  replayed: { err: 'invalid_request', description: 'The token was received before ("jti").' },
  nonce: { err: 'invalid_request', description: 'A logout token has no "nonce".' },
  events: {
    err: 'invalid_request',
    description: 'The token does not have the event, and the one event, that it must have ("events").',
  },
  holder: { err: 'invalid_request', description: 'The token does not say, or not in a known way, whose session has ended.' },
  forbidden: { err: 'invalid_request', description: 'A security event token has neither "sub" nor "exp".' },
  event: { err: 'invalid_request', description: 'The event does not have the members that events of its type must have.' },
  undone: { err: 'invalid_request', description: 'What the token asks for could not be done here, however often it was tried.' },
} as const satisfies Record<string, TokenFault>;

/** Names a fault. */
export type FaultName = keyof typeof FAULTS;
