import type { RefusalReason, UnreadableClaim } from '../core/index.js';

/** Why a string is no JWT that can be read. `word`: a program wrote `undefined` or `null` where a token was to be. */
export type MalformedToken = 'empty' | 'word' | 'too_long' | 'blanks' | 'parts' | 'unsigned' | 'header_or_signature' | 'payload';

/** Which check of a DPoP proof failed (RFC 9449 section 4.3). */
export type ProofCheck = 'count' | 'shape' | 'key' | 'signature' | 'method' | 'url' | 'token' | 'time' | 'replay';

/** Which rule about a bound token was broken. */
export type BindingCheck =
  'unknown_kind' | 'certificate' | 'dpop_off' | 'bearer_for_bound' | 'dpop_for_unbound' | 'dpop_required' | 'unreadable';

/** A key as a message names it. */
export interface NamedKey {
  readonly kid: string | undefined;
  readonly algorithms: ReadonlySet<string>;
}

/**
 * What a refusal of credentials rests on: what came and what was expected, each as it is. Nothing is put into words until somebody reads them:
 * {@link findingWords}. Never holds a token, a signature or a secret; values of claims may be anything that a caller wrote.
 */
export type Finding =
  /** No token. `header`: what the Authorization header holds in its place, if there is one. */
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
  /** `expected` lists the issuers of the options; `isResolved`: a function of the application knows more. */
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
  /** `claim`: the one that names the client; `undefined`: there is none. */
  | {
      readonly kind: 'client';
      readonly claim: string | undefined;
      readonly came: unknown;
      readonly expected: readonly (string | null)[];
    }
  /** `expected`: values of which one must come, or the form that is expected, in words. */
  | { readonly kind: 'claim'; readonly claim: string; readonly came: unknown; readonly expected: string | readonly string[] }
  | { readonly kind: 'unreadable'; readonly claim: UnreadableClaim }
  /** `sign`: the claim or header that says what kind of token it is. */
  | { readonly kind: 'token_kind'; readonly sign: string; readonly came: unknown; readonly expected: 'access' | 'id' | 'at+jwt' }
  /** The option `refuse`, of the application or of a preset, did not accept the claims. */
  | { readonly kind: 'refuse'; readonly outcome: 'reason' | 'other' | 'threw' }
  | { readonly kind: 'overage'; readonly claim: string }
  | { readonly kind: 'foreign_role'; readonly role: unknown }
  /** `roles` of `legacyIssuer()` found no such user, or did not return. */
  | { readonly kind: 'lookup'; readonly outcome: 'no_user' | 'failed' }
  /** In milliseconds since 1970. */
  | { readonly kind: 'retired'; readonly acceptUntil: number }
  | { readonly kind: 'binding'; readonly check: BindingCheck }
  | { readonly kind: 'proof'; readonly check: ProofCheck }
  /** On a socket, a newer token of somebody else than the one who opened it. */
  | { readonly kind: 'other_caller' }
  | { readonly kind: 'unverified' };

/** Why a token is refused, and on what that rests. */
export interface TokenFault {
  readonly reason: RefusalReason;
  readonly finding: Finding;
}

export function fault(reason: RefusalReason, finding: Finding): TokenFault {
  return { reason, finding };
}
