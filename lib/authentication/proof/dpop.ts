import { hash, type KeyObject } from 'node:crypto';
import { BoundedMap } from '../../core/index.js';
import {
  isVerificationJwk,
  jwkThumbprint,
  parseJws,
  verificationKey,
  verifyJws,
  type Algorithm,
  type JoseHeader,
  type Jws,
} from '../../jws/index.js';
import type { ProofCheck } from '../findings.js';
import { ReplayCache } from './replay-cache.js';
import type { RequestFacts } from './request-facts.js';

/** Algorithms accepted for proofs, as challenges list them (RFC 9449 section 7.1). */
export const DPOP_ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'] as const satisfies readonly Algorithm[];
const ALGORITHMS: ReadonlySet<string> = new Set(DPOP_ALGORITHMS);

/** `typ` of a proof, in lower case (RFC 9449 section 4.2), with or without the prefix of the media type (RFC 7515 section 4.1.9). */
const TYPES: ReadonlySet<unknown> = new Set(['dpop+jwt', 'application/dpop+jwt']);

/** Largest difference between `iat` of a proof and now, in seconds (RFC 9449 section 11.1). */
const WINDOW_SECONDS = 60;
/** Longest proof read, in bytes. */
const MAX_PROOF_BYTES = 8192;
/** Longest `jti`, in characters. */
const MAX_JTI_LENGTH = 256;
/** Number of imported keys kept. A client signs all its proofs with one key, and importing it costs as much as a signature check. */
const MAX_KEYS = 1000;

/** Checks DPoP proofs (RFC 9449 section 4.3) for one service. */
export class DpopProofs {
  private readonly base: URL;
  /** By thumbprint: the header of the last valid proof, and the key. */
  private readonly proven = new BoundedMap<string, { readonly header: JoseHeader; readonly key: KeyObject }>(MAX_KEYS);

  /**
   * @param resource The URL by which clients call this service. `htu` must be its origin followed by the path of the request here; behind a gateway
   * that strips the path of `resource`, that path may stand in between.
   */
  constructor(
    resource: string,
    private readonly used = new ReplayCache(2 * WINDOW_SECONDS),
  ) {
    this.base = new URL(resource);
  }

  /**
   * Checks that the request has one proof, for this request, this token and the key that the token is bound to, which was not used before.
   * @returns The check that failed; `undefined` if the proof is valid.
   */
  failedCheck(request: RequestFacts, token: string, boundTo: string, nowSeconds = Date.now() / 1000): ProofCheck | undefined {
    const [proof, ...others] = request.dpop;
    if (proof === undefined || others.length > 0) return 'count';
    const jws = parseJws(proof, MAX_PROOF_BYTES);
    if (typeof jws === 'string') return 'shape';
    return (
      this.failedSignature(jws, boundTo) ??
      this.failedTarget(jws.claims, request) ??
      this.failedClaims(jws.claims, token, boundTo, nowSeconds)
    );
  }

  /** Verifies with the key in the header, which must be the one that the token is bound to (section 4.3 items 4 to 7; section 6.1). */
  private failedSignature(jws: Jws, boundTo: string): ProofCheck | undefined {
    const { header } = jws;
    const key = this.keyIn(header, boundTo);
    if (key === undefined) return 'key';
    if (!verifyJws(jws, key)) return 'signature';
    this.proven.set(boundTo, { header, key });
    return undefined;
  }

  private keyIn(header: JoseHeader, boundTo: string): KeyObject | undefined {
    const known = this.proven.get(boundTo);
    if (known?.header === header) return known.key; // parseJws() caches headers: the same object means the same header
    const jwk = jwkIn(header);
    if (jwk === undefined || jwkThumbprint(jwk) !== boundTo) return undefined;
    return known?.key ?? verificationKey(jwk)?.key;
  }

  private failedTarget(claims: Jws['claims'], { method, path }: RequestFacts): ProofCheck | undefined {
    if (claims['htm'] !== method) return 'method';
    return this.isCalledBy(claims['htu'], path) ? undefined : 'url';
  }

  private failedClaims(claims: Jws['claims'], token: string, boundTo: string, nowSeconds: number): ProofCheck | undefined {
    if (claims['ath'] !== hash('sha256', token, 'base64url')) return 'token';
    if (!isRecent(claims['iat'], nowSeconds) || !isInForce(claims, nowSeconds)) return 'time';
    return this.isFirstUse(claims['jti'], boundTo, nowSeconds) ? undefined : 'replay';
  }

  /** Compares `htu`, which must have no query and no fragment, after URL normalisation (section 4.3 item 9). */
  private isCalledBy(htu: unknown, path: string): boolean {
    const { base } = this;
    const called = typeof htu === 'string' ? urlOf(htu) : undefined;
    // Concatenated: if it were resolved as a reference, `//host/path` would mean another host.
    const asked = path.startsWith('/') ? urlOf(base.origin + path)?.pathname : undefined;
    if (called === undefined || asked === undefined || called.origin !== base.origin) return false;
    if (called.search !== '' || called.hash !== '') return false;
    return called.pathname === asked || called.pathname === base.pathname.replace(/\/$/, '') + asked;
  }

  /** The last check, so that an invalid proof takes no place in the cache. */
  private isFirstUse(jti: unknown, key: string, nowSeconds: number): boolean {
    return typeof jti === 'string' && jti !== '' && jti.length <= MAX_JTI_LENGTH && this.used.use(key, jti, nowSeconds);
  }
}

/** Returns the key in the header of a proof, if type and algorithm are accepted. */
function jwkIn({ alg, typ, members }: JoseHeader): Readonly<Record<string, unknown>> | undefined {
  const { jwk } = members;
  if (!TYPES.has(typ) || !ALGORITHMS.has(alg) || !isVerificationJwk(jwk)) return undefined;
  return (jwk['alg'] ?? alg) === alg ? jwk : undefined;
}

function urlOf(value: string): URL | undefined {
  try {
    return new URL(value);
  } catch {
    return undefined;
  }
}

function isRecent(iat: unknown, nowSeconds: number): boolean {
  return typeof iat === 'number' && Math.abs(nowSeconds - iat) <= WINDOW_SECONDS;
}

/** Checks `exp` and `nbf` if the proof has them (RFC 7519 sections 4.1.4 and 4.1.5). */
function isInForce({ exp = Infinity, nbf = 0 }: Jws['claims'], nowSeconds: number): boolean {
  return (
    typeof exp === 'number' && typeof nbf === 'number' && exp > nowSeconds - WINDOW_SECONDS && nbf <= nowSeconds + WINDOW_SECONDS
  );
}
