import { isRecord, ownClaim, type Principal, type RefusalReason } from '../../core/index.js';
import { DpopProofs } from './dpop.js';
import type { RequestFacts } from './request-facts.js';

/** How a token was presented: as a bearer token, or with the scheme DPoP. */
export type TokenScheme = 'bearer' | 'dpop';

/**
 * Checks that who presents a token is whom it was issued to, where the token says that this matters (`cnf`, RFC 7800). Asked for every
 * request, also for a token verified before. A bound token is never taken for a bearer token.
 */
export class Possession {
  private readonly proofs: DpopProofs | undefined;

  /**
   * @param dpop `undefined`: tokens bound by DPoP are refused.
   * @param resource The URL by which clients call this service; needed with DPoP.
   */
  constructor(
    private readonly dpop: 'accepted' | 'required' | undefined,
    resource: string | undefined,
  ) {
    if (dpop !== undefined && resource !== undefined) this.proofs = new DpopProofs(resource);
  }

  /** Whether the scheme DPoP is accepted. */
  get acceptsDpop(): boolean {
    return this.dpop !== undefined;
  }

  /** Why the presenter may not use the token; `undefined` if it may. */
  check(principal: Principal, token: string, scheme: TokenScheme, request: () => RequestFacts): RefusalReason | undefined {
    const binding = ownClaim(principal.claims, 'cnf');
    if (binding === undefined) return this.checkUnbound(scheme);
    if (!isRecord(binding)) return 'binding_mismatch';
    const { jkt, 'x5t#S256': certificate } = binding;
    // Of other bindings (jwk, kid …) nothing is known here, so nobody can prove them.
    if (jkt === undefined && certificate === undefined) return 'binding_mismatch';
    if (certificate !== undefined && certificate !== request().certificateThumbprint()) return 'binding_mismatch';
    if (jkt === undefined) return this.checkUnbound(scheme);
    return this.checkBound(jkt, token, scheme, request);
  }

  /** The scheme DPoP promises a binding, which this token does not have (RFC 9449 section 7.1). */
  private checkUnbound(scheme: TokenScheme): RefusalReason | undefined {
    return scheme === 'dpop' || this.dpop === 'required' ? 'binding_mismatch' : undefined;
  }

  private checkBound(jkt: unknown, token: string, scheme: TokenScheme, request: () => RequestFacts): RefusalReason | undefined {
    if (this.proofs === undefined || scheme !== 'dpop' || typeof jkt !== 'string') return 'binding_mismatch';
    return this.proofs.holds(request(), token, jkt) ? undefined : 'proof_invalid';
  }
}
