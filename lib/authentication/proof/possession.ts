import { isRecord, ownClaim, type Principal } from '../../core/index.js';
import { fault, type BindingCheck, type TokenFault } from '../findings.js';
import { DpopProofs } from './dpop.js';
import type { RequestFacts } from './request-facts.js';

/** How a token was presented: as a bearer token, or with the scheme DPoP. */
export type TokenScheme = 'bearer' | 'dpop';

/**
 * Checks that the sender of a bound token (`cnf`, RFC 7800) holds the key that the token is bound to. Runs for every request, also for a token
 * verified before. A bound token is never treated as a bearer token.
 */
export class Possession {
  private readonly proofs: DpopProofs | undefined;

  /**
   * @param dpop `undefined` refuses tokens that are bound by DPoP.
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

  /** Returns why the sender may not use the token; `undefined` if it may. */
  check(principal: Principal, token: string, scheme: TokenScheme, request: () => RequestFacts): TokenFault | undefined {
    const binding = ownClaim(principal.claims, 'cnf');
    if (binding === undefined) return this.checkUnbound(scheme);
    if (!isRecord(binding)) return mismatch('unreadable');
    const { jkt, 'x5t#S256': certificate } = binding;
    // Other bindings (jwk, kid …) are not supported, so the token cannot be proven and is refused.
    if (jkt === undefined && certificate === undefined) return mismatch('unknown_kind');
    if (certificate !== undefined && certificate !== request().certificateThumbprint()) return mismatch('certificate');
    if (jkt === undefined) return this.checkUnbound(scheme);
    return this.checkBound(jkt, token, scheme, request);
  }

  /** The scheme DPoP needs a bound token (RFC 9449 section 7.1). */
  private checkUnbound(scheme: TokenScheme): TokenFault | undefined {
    if (scheme === 'dpop') return mismatch('dpop_for_unbound');
    return this.dpop === 'required' ? mismatch('dpop_required') : undefined;
  }

  private checkBound(jkt: unknown, token: string, scheme: TokenScheme, request: () => RequestFacts): TokenFault | undefined {
    if (this.proofs === undefined) return mismatch('dpop_off');
    if (scheme !== 'dpop') return mismatch('bearer_for_bound');
    if (typeof jkt !== 'string') return mismatch('unreadable');
    const check = this.proofs.failedCheck(request(), token, jkt);
    return check === undefined ? undefined : fault('proof_invalid', { kind: 'proof', check });
  }
}

function mismatch(check: BindingCheck): TokenFault {
  return fault('binding_mismatch', { kind: 'binding', check });
}
