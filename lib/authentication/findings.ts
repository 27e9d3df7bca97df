import type { RefusalReason, UnreadableClaim } from '../core/index.js';

/** Why a string cannot be read as a JWT. `word`: a program wrote `undefined` or `null` in place of a token. */
export type MalformedToken = 'empty' | 'word' | 'too_long' | 'blanks' | 'parts' | 'unsigned' | 'header_or_signature' | 'payload';

/** Which check of a DPoP proof failed (RFC 9449 section 4.3). */
export type ProofCheck = 'count' | 'shape' | 'key' | 'signature' | 'method' | 'url' | 'token' | 'time' | 'replay';

/** Which rule about a bound token was broken. */
export type BindingCheck =
  'unknown_kind' | 'certificate' | 'dpop_off' | 'bearer_for_bound' | 'dpop_for_unbound' | 'dpop_required' | 'unreadable';

/** The parts of a key that a message shows. */
export interface NamedKey {
  readonly kid: string | undefined;
  readonly algorithms: ReadonlySet<string>;
}

/**
 * The facts behind a refusal of credentials: the value received and the value expected. They become a message only when it is logged or printed
 * ({@link findingWords}), since a flood of bad tokens must not cost string building. Never holds a token, a signature or a secret. Values of
 * claims are unverified: a caller may have written anything.
 */
export type Finding =
  /** No token. `header`: what the Authorization header holds instead, if the request has one. */
  | { readonly kind: 'credentials'; readonly header: string | undefined }
  | { readonly kind: 'ambiguous' }
  | {
      readonly kind: 'token';
      readonly fault: MalformedToken;
      readonly length: number;
      readonly maxLength: number;
      readonly parts: number;
    }
  | { readonly kind: 'algorithm'; readonly came: unknown; readonly expected: readonly string[] }
  /** `expected` lists the issuers of the options; `isResolved`: the application's resolver may find others. */
  | { readonly kind: 'issuer'; readonly came: unknown; readonly expected: readonly string[]; readonly isResolved: boolean }
  | { readonly kind: 'resolver'; readonly came: unknown }
  | { readonly kind: 'key'; readonly kid: string | undefined; readonly alg: string; readonly held: readonly NamedKey[] }
  | { readonly kind: 'keys' }
  | { readonly kind: 'signature'; readonly kid: string | undefined; readonly alg: string; readonly hasSharedSecret: boolean }
  /** Times and tolerance in seconds. */
  | {
      readonly kind: 'time';
      readonly claim: 'exp' | 'nbf' | 'iat';
      readonly came: number;
      readonly now: number;
      readonly tolerance: number;
    }
  | { readonly kind: 'lifetime'; readonly seconds: number; readonly maxSeconds: number }
  | { readonly kind: 'audience'; readonly came: unknown; readonly expected: readonly string[] }
  /** `claim`: the claim that names the client; `undefined` if the token has none. */
  | {
      readonly kind: 'client';
      readonly claim: string | undefined;
      readonly came: unknown;
      readonly expected: readonly (string | null)[];
    }
  /** `expected`: the accepted values, or a description of the accepted form. */
  | { readonly kind: 'claim'; readonly claim: string; readonly came: unknown; readonly expected: string | readonly string[] }
  | { readonly kind: 'unreadable'; readonly claim: UnreadableClaim }
  /** `sign`: the claim or header that shows the kind of token. */
  | { readonly kind: 'token_kind'; readonly sign: string; readonly came: unknown; readonly expected: 'access' | 'id' | 'at+jwt' }
  /** The option `refuse`, of the application or of a preset, did not accept the claims. */
  | { readonly kind: 'refuse'; readonly outcome: 'reason' | 'other' | 'threw' }
  | { readonly kind: 'overage'; readonly claim: string }
  | { readonly kind: 'foreign_role'; readonly role: unknown }
  /** The function `roles` of `legacyIssuer()` found no such user, or failed. */
  | { readonly kind: 'lookup'; readonly outcome: 'no_user' | 'failed' }
  /** `acceptUntil` in milliseconds since 1970. */
  | { readonly kind: 'retired'; readonly acceptUntil: number }
  | { readonly kind: 'binding'; readonly check: BindingCheck }
  | { readonly kind: 'proof'; readonly check: ProofCheck }
  /** On a socket: a newer token of another caller than the one who opened it. */
  | { readonly kind: 'other_caller' }
  | { readonly kind: 'unverified' };

/** A finding of one kind. */
export type FindingOf<K extends Finding['kind']> = Extract<Finding, { readonly kind: K }>;

/** Why a token is refused, and the facts behind it. */
export interface TokenFault {
  readonly reason: RefusalReason;
  readonly finding: Finding;
}

export function fault(reason: RefusalReason, finding: Finding): TokenFault {
  return { reason, finding };
}
