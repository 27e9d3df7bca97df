import type { RefusalReason } from '../../core/index.js';
import type { CallArguments, Transport } from '../calls/transport.interface.js';
import { AuthzRefusedException } from './authz-refused.exception.js';
import type { RefusalContext, RefusedCall } from './refused-call.interface.js';
import { refusal, type ChallengeSettings, type Refusal, type RefusalDetails } from './refusal.js';

/** Records every refusal. */
export interface RefusalRecord {
  note(refused: RefusedCall): void;
}

/** A call that can be refused. */
export interface Refusable {
  readonly transport: Pick<Transport, 'refuse'>;
  readonly args: CallArguments;
  /** Receives the record of a refusal where a call is only tried: another attempt may let it pass. Default: it is recorded at once. */
  readonly noteLater?: ((note: () => void) => void) | undefined;
}

/** Refuses calls of one service, with the challenges that it is configured to give. */
export class Refusals {
  /** @param record Default: refusals are not recorded. */
  constructor(
    private readonly settings: ChallengeSettings,
    private readonly record?: RefusalRecord,
  ) {}

  /** What is answered. */
  of(reason: RefusalReason, details?: RefusalDetails): Refusal {
    return refusal(reason, details, this.settings);
  }

  /** Counts a refusal and tells the operator why it is one: for a refusal that {@link refuse} does not send. */
  note(refused: RefusedCall): void {
    this.record?.note(refused);
  }

  /** Ends a call with what its transport's clients understand, and tells the operator why. */
  refuse(
    { transport, args, noteLater }: Refusable,
    reason: RefusalReason,
    details?: RefusalDetails,
    context: RefusalContext = { name: 'a call' },
  ): never {
    const note = () => this.note({ ...context, reason });
    if (noteLater === undefined) note();
    else noteLater(note);
    const answer = this.of(reason, details);
    if (transport.refuse === undefined) throw new AuthzRefusedException(reason, answer);
    return transport.refuse(args, reason, answer);
  }
}
