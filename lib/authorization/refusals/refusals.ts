import type { RefusalReason } from '../../core/index.js';
import type { CallArguments, Transport } from '../transports/transport.interface.js';
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
  /** Receives the record of a refusal if the call is only a trial. Default: a refusal is recorded at once. */
  readonly noteLater?: ((note: () => void) => void) | undefined;
}

/** A transport whose `refuse` may return, against its contract. */
interface RefusingTransport {
  refuse?(call: CallArguments, reason: RefusalReason, answer: Refusal): unknown;
}

/** Refuses the calls of one service, with its configured challenges. */
export class Refusals {
  /** @param record Default: refusals are not recorded. */
  constructor(
    private readonly settings: ChallengeSettings,
    private readonly record?: RefusalRecord,
  ) {}

  /** Returns the response to a refusal. */
  of(reason: RefusalReason, details?: RefusalDetails): Refusal {
    return refusal(reason, details, this.settings);
  }

  /** Counts and logs a refusal that {@link refuse} does not send. */
  note(refused: RefusedCall): void {
    this.record?.note(refused);
  }

  /** Refuses a call as its transport's clients expect, and logs why. Throws even if the transport's `refuse` returns: the guard must not admit it. */
  refuse(
    { transport, args, noteLater }: Refusable,
    reason: RefusalReason,
    details?: RefusalDetails,
    context: RefusalContext = { name: 'a call' },
  ): never {
    const note = () => this.note({ ...context, reason });
    if (noteLater === undefined) note();
    else noteLater(note);
    const given = context.answeredAs ?? reason;
    const answer = this.of(given, details);
    const returned = (transport as RefusingTransport).refuse?.(args, given, answer);
    // Without a handler, the rejection of an asynchronous `refuse` would end the process.
    if (returned instanceof Promise) returned.catch(() => undefined);
    throw new AuthzRefusedException(given, answer);
  }
}
