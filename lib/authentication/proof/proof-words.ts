import type { BindingCheck, ProofCheck } from '../findings.js';

interface BindingWords {
  readonly came: string;
  readonly expected: string;
  readonly remedy?: string;
}

/** The words of each rule about a bound token. */
export const BINDINGS: Readonly<Record<BindingCheck, BindingWords>> = {
  unreadable: { came: 'a claim "cnf" that cannot be read', expected: '{ jkt } or { "x5t#S256" } (RFC 9449, RFC 8705)' },
  unknown_kind: { came: 'an unsupported binding in "cnf"', expected: '{ jkt } or { "x5t#S256" } (RFC 9449, RFC 8705)' },
  certificate: {
    came: 'a request without the client certificate that the token is bound to',
    expected: 'that certificate on this connection (mutual TLS)',
    remedy: 'If a proxy terminates TLS, this service cannot see the certificate.',
  },
  dpop_off: {
    came: 'a token that is bound to a key (cnf.jkt)',
    expected: 'a token without binding, since the option "dpop" is not set',
    remedy: 'Write dpop: "accepted" and "protectedResource".',
  },
  bearer_for_bound: {
    came: 'a token that is bound to a key, sent with the scheme Bearer',
    expected: 'the scheme DPoP and a proof',
    remedy: 'Have the client send Authorization: DPoP <token> and the header DPoP.',
  },
  dpop_for_unbound: {
    came: 'a token without binding, sent with the scheme DPoP',
    expected: 'a token with cnf.jkt',
    remedy: 'Have the client ask the issuer for the token with a DPoP proof.',
  },
  dpop_required: {
    came: 'a token without binding',
    expected: 'a token with cnf.jkt, since dpop is "required"',
    remedy: 'Have the client ask the issuer for the token with a DPoP proof.',
  },
};

/** What is wrong with the request, for each check of a DPoP proof. */
export const PROOFS: Readonly<Record<ProofCheck, string>> = {
  count: 'no DPoP header, or more than one',
  shape: 'a DPoP header that is no JWT',
  key: 'a proof by another key than the token is bound to, or with a wrong header (typ, alg, jwk)',
  signature: 'a proof whose signature was not made with its key',
  method: 'a proof for another method (htm)',
  url: 'a proof for another URL (htu)',
  token: 'a proof for another token (ath)',
  time: 'a proof that is too old or from the future (iat, exp, nbf)',
  replay: 'a proof that was used before, or has no valid "jti"',
};
