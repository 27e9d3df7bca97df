import { createHash } from 'node:crypto';
import type { JWK, JWTPayload } from 'jose';
import { ReplayCache } from './replay-cache.js';
import type { RequestFacts } from './request-facts.js';

/** Algorithms accepted for proofs, as challenges list them (RFC 9449 section 7.1). */
export const DPOP_ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'] as const;

/** How far `iat` of a proof may lie from now, in seconds, to either side (RFC 9449 section 11.1). */
const WINDOW_SECONDS = 60;
/** Longest proof read, in bytes. */
const MAX_PROOF_BYTES = 8192;
/** Longest `jti`, in characters. */
const MAX_JTI_LENGTH = 256;

/** Checks DPoP proofs (RFC 9449 section 4.3) for one service. */
export class DpopProofs {
  /**
   * @param resource The URL by which clients call this service. Requests reach it under its origin with the path they have here, or, behind a
   * gateway that takes the resource's own path away, with that path before it.
   */
  constructor(
    private readonly resource: string,
    private readonly used = new ReplayCache(2 * WINDOW_SECONDS),
  ) {}

  /** Whether the request's one proof is for this request, this token and the key that the token is bound to, and not used before. */
  async holds(request: RequestFacts, token: string, boundTo: string, nowSeconds = Date.now() / 1000): Promise<boolean> {
    const [proof, ...others] = request.dpop;
    if (proof === undefined || others.length > 0 || proof.length > MAX_PROOF_BYTES) return false;
    const verified = await verify(proof);
    if (verified === undefined) return false;
    return (
      (await thumbprint(verified.jwk)) === boundTo &&
      this.isForRequest(verified.claims, request) &&
      verified.claims['ath'] === createHash('sha256').update(token).digest('base64url') &&
      isRecent(verified.claims.iat, nowSeconds) &&
      this.isFirstUse(verified.claims.jti, boundTo, nowSeconds)
    );
  }

  private isForRequest(claims: JWTPayload, { method, path }: RequestFacts): boolean {
    return claims['htm'] === method && this.isCalledBy(claims['htu'], path);
  }

  /** `htu` without query and fragment; compared after URL normalisation (section 4.3 item 9). */
  private isCalledBy(htu: unknown, path: string): boolean {
    if (typeof htu !== 'string' || !URL.canParse(htu)) return false;
    const called = new URL(htu);
    const base = new URL(this.resource);
    const asked = pathname(path, base.origin);
    if (asked === undefined || called.search !== '' || called.hash !== '' || called.origin !== base.origin) return false;
    return called.pathname === asked || called.pathname === base.pathname.replace(/\/$/, '') + asked;
  }

  /** Last, so that a proof which is no good anyway takes no place. */
  private isFirstUse(jti: unknown, key: string, nowSeconds: number): boolean {
    return typeof jti === 'string' && jti !== '' && jti.length <= MAX_JTI_LENGTH && this.used.use(key, jti, nowSeconds);
  }
}

/** Joined as text: resolved as a reference, `//host/path` would be another host's `/path`. */
function pathname(path: string, origin: string): string | undefined {
  const url = origin + path;
  return path.startsWith('/') && URL.canParse(url) ? new URL(url).pathname : undefined;
}

async function verify(proof: string): Promise<{ readonly claims: JWTPayload; readonly jwk: JWK } | undefined> {
  const { EmbeddedJWK, jwtVerify } = await import('jose');
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: [...DPOP_ALGORITHMS],
      clockTolerance: WINDOW_SECONDS,
    });
    return protectedHeader.jwk && { claims: payload, jwk: protectedHeader.jwk };
  } catch {
    return undefined;
  }
}

async function thumbprint(jwk: JWK): Promise<string | undefined> {
  const { calculateJwkThumbprint } = await import('jose');
  return calculateJwkThumbprint(jwk, 'sha256').catch(() => undefined);
}

function isRecent(iat: unknown, nowSeconds: number): boolean {
  return typeof iat === 'number' && Math.abs(nowSeconds - iat) <= WINDOW_SECONDS;
}
