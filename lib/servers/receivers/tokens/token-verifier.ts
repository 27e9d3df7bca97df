import type { KeyObject } from 'node:crypto';
import type { KeyStore } from '../../../authentication/index.js';
import { ownClaim } from '../../../core/index.js';
import { parseJws, verifyJws, type Jws } from '../../../jws/index.js';
import type { FaultName } from './token-fault.js';
import type { Later } from './token-receiver.js';

/** The claims of a token, as the issuer wrote them. */
export type TokenClaims = Readonly<Record<string, unknown>>;

/** What tokens of one kind have in common. */
export interface TokenKind {
  /** For the log. */
  readonly name: string;
  /** What `typ` may be, in lower case. */
  readonly types: ReadonlySet<unknown>;
  /** Largest token read, in bytes. */
  readonly maxBytes: number;
  /** Age up to which a token is taken, in seconds. */
  readonly maxAgeSeconds: number;
  /** Whether it waits with whoever sends it until it is acknowledged, so that no key is unknown for certain yet. */
  readonly isKept: boolean;
  /** What is wrong with claims that only this kind has. */
  readonly check: (claims: TokenClaims) => FaultName | undefined;
}

/** Whose tokens are verified, and for whom they must be. */
export interface TokenTerms {
  /** Exactly what `iss` must be. */
  readonly issuer: string;
  /** One of which must be in `aud`. */
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  /** Keys that never change; `undefined` where they are fetched. */
  readonly jwks?: object | undefined;
}

/** A token whose signature and claims are good. */
export interface VerifiedToken {
  readonly jti: string;
  /** `iat`, in seconds since 1970. */
  readonly issuedAt: number;
  readonly claims: TokenClaims;
}

/** What became of a token: verified, faulty, or not to be verified while no key can be had. */
export type TokenVerification = { readonly verified: VerifiedToken } | { readonly fault: FaultName } | Omit<Later, 'kind'>;

/** How far clocks may differ, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 60;
/** When a token is to be sent again whose key is not known yet, in seconds: an unknown key has the set fetched no more often. */
const UNKNOWN_KEY_RETRY_SECONDS = 30;
/** Longest `jti`, in characters: it is remembered. */
const MAX_ID_LENGTH = 256;

/** Verifies tokens of one kind by one issuer. Nothing that a token points to is ever fetched. */
export class TokenVerifier {
  constructor(
    private readonly kind: TokenKind,
    private readonly terms: TokenTerms,
    private readonly keys: Pick<KeyStore, 'keyFor' | 'askedForSetAt'> & Partial<Pick<KeyStore, 'replacedKeyFor'>>,
  ) {}

  /** Never rejects. A token of another type, issuer or algorithm does not have keys fetched. */
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
   * Where the set could not be fetched, or not again so soon, the key may be a new one: to refuse the token then would lose what it says. It is
   * refused if it would be whatever its key is, or if the set was asked for since it came, or long enough after it was issued that a key
   * published before it would be there.
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

/** Several keys may share a `kid`, of which one has signed. */
function isSignedBy(
  { key: first, others = [] }: { readonly key: KeyObject; readonly others?: readonly KeyObject[] },
  jws: Jws,
): boolean {
  return [first, ...others].some((key) => verifyJws(jws, key));
}
