import type { Authenticator, Credentials, Possession, RequestFacts, Verification } from '../../authentication/index.js';
import { andThen, type Principal, type RefusalReason } from '../../core/index.js';
import { tokenFacts, type Revocations } from '../../revocation/index.js';
import { warnUnreadable } from '../logs/unreadable-claims.js';
import type { RepeatedWarnings } from '../logs/repeated-warnings.js';
import type { RefusalDetails } from '../refusals/refusal.js';
import type { RefusalContext } from '../refusals/refused-call.interface.js';
import type { RunningCall } from './call.interface.js';
import { provenOnce } from './proven-once.js';

export type PresentedToken = Extract<Credentials, { readonly kind: 'token' }>;
type FailedVerification = Exclude<Verification, { readonly principal: Principal }>;

/** For transports without facts: possession of a token cannot be proven. */
const NO_FACTS: RequestFacts = { method: '', path: '', dpop: [], certificateThumbprint: () => undefined };

/** A rejected token: the reason, the findings for the log, and the details for the client. */
export class RejectedToken {
  constructor(
    readonly reason: RefusalReason,
    readonly found: Omit<RefusalContext, 'name'>,
    readonly details: RefusalDetails = {},
  ) {}
}

/** Determines the caller: verifies the token, checks revocations, and checks proof of possession. */
export class CallerCheck {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly possession: Possession,
    private readonly revocations: Revocations,
    private readonly warnings: RepeatedWarnings,
  ) {}

  /** Whether the authentication scheme DPoP is accepted beside Bearer. */
  get acceptsDpop(): boolean {
    return this.possession.acceptsDpop;
  }

  /**
   * Returns the caller, or why the token is rejected. Synchronous if the keys are in memory.
   * @param isControlPlane Services read revocations through this call, so a revoked token is accepted.
   */
  check(
    call: RunningCall,
    presented: PresentedToken,
    isControlPlane: boolean,
  ): Principal | RejectedToken | Promise<Principal | RejectedToken> {
    return andThen(this.authenticator.authenticate(presented.token), (found) => {
      if (!('principal' in found)) return this.failed(found);
      const { principal } = found;
      if (principal.unreadable !== undefined) warnUnreadable(this.warnings, principal.issuer, principal.unreadable);
      // For every call: a token that was verified before may have been revoked since.
      const revoked = isControlPlane ? undefined : this.revocations.check(principal);
      return revoked === undefined ? this.possessed(call, presented, principal) : this.revoked(revoked, principal);
    });
  }

  private possessed(call: RunningCall, { token, scheme }: PresentedToken, principal: Principal): Principal | RejectedToken {
    const prove = () => this.possession.check(principal, token, scheme, () => call.transport.facts?.(call.args) ?? NO_FACTS);
    const unproven = provenOnce(call.transport.holder?.(call.args) ?? call.carrier, principal, token, prove);
    return unproven === undefined ? principal : new RejectedToken(unproven.reason, { finding: unproven.finding, principal });
  }

  private revoked(reason: RefusalReason, principal: Principal): RejectedToken {
    const { unreadable } =
      reason === 'claim_unreadable' ? tokenFacts(principal, this.revocations.inUse().settings.subjectClaim) : {};
    if (unreadable === undefined) return new RejectedToken(reason, { principal });
    warnUnreadable(this.warnings, principal.issuer, [unreadable], reason);
    return new RejectedToken(reason, { principal, finding: { kind: 'unreadable', claim: unreadable } });
  }

  private failed(found: FailedVerification): RejectedToken {
    const { reason, unreadable, issuer, finding } = found;
    if (unreadable !== undefined) warnUnreadable(this.warnings, issuer ?? '', [unreadable], reason);
    return new RejectedToken(reason, { finding, issuer }, found);
  }
}
