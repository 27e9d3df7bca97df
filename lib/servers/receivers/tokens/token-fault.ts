/** Why a token is refused, with its error code of RFC 8935 section 2.4. */
export interface TokenFault {
  readonly err:
    'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience' | 'authentication_failed' | 'access_denied';
  /** For the sender. One of a fixed list: it never contains anything from the token. */
  readonly description: string;
}

/** All faults. */
export const FAULTS = {
  body: { err: 'invalid_request', description: 'The request body does not have the required media type or content.' },
  oversized: { err: 'invalid_request', description: 'The request body is too large.' },
  endless: { err: 'invalid_request', description: 'The request body is much too large, and was not read to its end.' },
  authorization: { err: 'authentication_failed', description: 'The Authorization header is missing or wrong.' },
  malformed: { err: 'invalid_request', description: 'The token is not a signed JWT in compact serialization.' },
  type: { err: 'invalid_request', description: 'The token has the wrong type ("typ").' },
  algorithm: { err: 'invalid_key', description: 'The token is signed with an algorithm that is not accepted.' },
  issuer: { err: 'invalid_issuer', description: 'The token is from another issuer ("iss").' },
  key: { err: 'invalid_key', description: 'The token is signed with a key that its issuer does not publish.' },
  signature: { err: 'invalid_key', description: 'The signature of the token is wrong.' },
  audience: { err: 'invalid_audience', description: 'The token is for another audience ("aud").' },
  times: {
    err: 'invalid_request',
    description: 'The token has no time of issue, or it is too old or in the future ("iat").',
  },
  expired: { err: 'invalid_request', description: 'The token has expired, or is not valid yet ("exp", "nbf").' },
  id: { err: 'invalid_request', description: 'The token has no id, or was delivered under another id ("jti").' },
  replayed: { err: 'invalid_request', description: 'The token was received before ("jti").' },
  nonce: { err: 'invalid_request', description: 'A logout token must not have "nonce".' },
  events: {
    err: 'invalid_request',
    description: 'The token must have exactly one event, of the required type ("events").',
  },
  subject: { err: 'invalid_request', description: 'The token does not name a session or subject in a supported way.' },
  forbidden: { err: 'invalid_request', description: 'A security event token must not have "sub" or "exp".' },
  event: { err: 'invalid_request', description: 'The event lacks members that its type requires.' },
  failed: { err: 'invalid_request', description: 'The token could not be processed after several attempts.' },
} as const satisfies Record<string, TokenFault>;

export type FaultName = keyof typeof FAULTS;
