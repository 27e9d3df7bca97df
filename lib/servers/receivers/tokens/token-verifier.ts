import type { KeyObject } from 'node:crypto';
import type { KeyStore } from '../../../authentication/index.js';
import { ownClaim } from '../../../core/index.js';
import { parseJws, verifyJws, type Jws } from '../../../jws/index.js';
import type { FaultName } from './token-fault.js';
import type { Later } from './outcome.js';

/** The claims of a token, as the issuer wrote them. */
export type TokenClaims = Readonly<Record<string, unknown>>;

/** Rules for tokens of one kind. */
export interface TokenKind {
  /** For the log. */
  readonly name: string;
  /** Accepted values of `typ`, in lower case. */
  readonly types: ReadonlySet<unknown>;
  /** Largest token accepted, in bytes. */
  readonly maxBytes: number;
  /** Age up to which a token is accepted, in seconds. */
  readonly maxAgeSeconds: number;
  /** Whether the sender keeps it until it is acknowledged. Then an unknown key may still become known. */
  readonly isKept: boolean;
  /** Checks the claims that only this kind has. */
  readonly check: (claims: TokenClaims) => FaultName | undefined;
}

/** The issuer and audience that tokens must have. */
export interface TokenTerms {
  /** Exact value of `iss`. */
  readonly issuer: string;
  /** One of these must be in `aud`. */
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  /** Fixed keys; `undefined` if they are fetched. */
  readonly jwks?: object | undefined;
}

/** A token with a valid signature and valid claims. */
export interface VerifiedToken {
  readonly jti: string;
  /** `iat`, in seconds since 1970. */
  readonly issuedAt: number;
  readonly claims: TokenClaims;
}

/** Result of a verification: verified, faulty, or to be sent again because no key is available. */
export type TokenVerification = { readonly verified: VerifiedToken } | { readonly fault: FaultName } | Omit<Later, 'kind'>;

/** Accepted difference between clocks, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 60;
/** Delay before a token with an unknown key is sent again, in seconds: an unknown key causes a fetch no more often. */
const UNKNOWN_KEY_RETRY_SECONDS = 30;
/** Longest `jti`, in characters: it is remembered. */
const MAX_ID_LENGTH = 256;

/** Verifies tokens of one kind from one issuer. Never fetches a URL that a token names. */
export class TokenVerifier {
  constructor(
    private readonly kind: TokenKind,
    private readonly terms: TokenTerms,
    private readonly keys: Pick<KeyStore, 'keyFor' | 'askedForSetAt'> & Partial<Pick<KeyStore, 'replacedKeyFor'>>,
  ) {}

  /** Never rejects. A token of another type, issuer or algorithm causes no fetch of keys. */
  async verify(token: string): Promise<TokenVerification> {
    const jws = parseJws(token, this.kind.maxBytes);
    if (typeof jws === 'string') return { fault: jws === 'algorithm' ? 'algorithm' : 'malformed' };
    const { alg, kid, typ } = jws.header;
    if (!this.kind.types.has(typ)) return { fault: 'type' };
    if (!this.terms.algorithms.includes(alg)) return { fault: 'algorithm' };
    if (ownClaim(jws.claims, 'iss') !== this.terms.issuer) return { fault: 'issuer' };
    const lookedUpAt = Date.now();
    const lookup = await this.keys.keyFor(kid, alg);
    if (!('key' in lookup))
      return lookup.reason === 'key_unknown'
        ? this.withoutKey(jws.claims, lookedUpAt)
        : { retryAfterSeconds: lookup.retryAfterSeconds };
    const isSigned = isSignedBy(lookup, jws) || (await this.isSignedByNewKey(jws));
    return isSigned ? this.claimsOf(jws.claims) : { fault: 'signature' };
  }

  /** The issuer may have replaced the key under the same `kid`. */
  private async isSignedByNewKey(jws: Jws): Promise<boolean> {
    const lookup = await this.keys.replacedKeyFor?.(jws.header.kid, jws.header.alg);
    return lookup !== undefined && 'key' in lookup && isSignedBy(lookup, jws);
  }

  /**
   * If the key set could not be fetched, or not again so soon, the key may be new, and refusing the token would lose it. The token is refused if
   * it would be with any key, or if the set was fetched after its arrival, or so long after its time of issue that a key published before would
   * be in it.
   */
  private withoutKey(claims: TokenClaims, lookedUpAt: number): TokenVerification {
    const read = this.claimsOf(claims);
    if (this.terms.jwks !== undefined || !('verified' in read)) return { fault: 'key' };
    const later = { retryAfterSeconds: UNKNOWN_KEY_RETRY_SECONDS, endsAs: 'key' } as const;
    if (this.kind.isKept) return later;
    const publishedBy = Math.min(lookedUpAt, (read.verified.issuedAt + CLOCK_TOLERANCE_SECONDS) * 1000);
    return (this.keys.askedForSetAt ?? -Infinity) >= publishedBy ? { fault: 'key' } : later;
  }

  private claimsOf(claims: TokenClaims): TokenVerification {
    if (!this.isForUs(ownClaim(claims, 'aud'))) return { fault: 'audience' };
    const now = Date.now() / 1000;
    const issuedAt = ownClaim(claims, 'iat');
    if (!isFinite(issuedAt) || issuedAt > now + CLOCK_TOLERANCE_SECONDS || issuedAt < this.earliest(now))
      return { fault: 'times' };
    if (!isInForce(claims, now)) return { fault: 'expired' };
    const jti = ownClaim(claims, 'jti');
    if (typeof jti !== 'string' || jti === '' || jti.length > MAX_ID_LENGTH) return { fault: 'id' };
    const fault = this.kind.check(claims);
    return fault === undefined ? { verified: { jti, issuedAt, claims } } : { fault };
  }

  private isForUs(aud: unknown): boolean {
    const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
    return this.terms.audience.some((audience) => named.includes(audience));
  }

  private earliest(now: number): number {
    return Math.max(0, now - this.kind.maxAgeSeconds - CLOCK_TOLERANCE_SECONDS);
  }
}

function isInForce(claims: TokenClaims, now: number): boolean {
  const { exp = now, nbf = now } = { exp: ownClaim(claims, 'exp'), nbf: ownClaim(claims, 'nbf') };
  return isFinite(exp) && isFinite(nbf) && exp > now - CLOCK_TOLERANCE_SECONDS && nbf < now + CLOCK_TOLERANCE_SECONDS;
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

/** Several keys may share a `kid`; one of them has signed. */
function isSignedBy(
  { key: first, others = [] }: { readonly key: KeyObject; readonly others?: readonly KeyObject[] },
  jws: Jws,
): boolean {
  return [first, ...others].some((key) => verifyJws(jws, key));
}
