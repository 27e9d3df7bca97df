import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { messageOf } from '../core/index.js';
import { backOffMs, inTime } from '../remote/index.js';
import { pollOnce, type PollAnswer } from './poll-request.js';
import type { SharedSignalsPollSettings } from './shared-signals-poll-settings.js';
import type { SharedSignals } from './shared-signals.js';
import { FAULTS, type TokenFault } from './token-fault.js';
import type { Outcome } from './token-receiver.js';

/**
 * Asks a transmitter for security events, one request at a time, for as long as the application runs. A token is acknowledged once what it asks for
 * is in force and every other instance has it; until then the transmitter keeps it.
 */
export class TransmitterPoll {
  private readonly logger = new Logger('SharedSignals');
  private readonly stopped = new AbortController();
  private readonly acknowledged = new Set<string>();
  private readonly faulty = new Map<string, TokenFault>();
  /** Requests in a row that brought no answer. */
  private failures = 0;
  /** Answers in a row of which something could not be done. */
  private undone = 0;
  private ended: Promise<void> | undefined;

  constructor(
    private readonly settings: SharedSignalsPollSettings,
    private readonly signals: Pick<SharedSignals, 'receive'>,
  ) {}

  start(): void {
    this.ended ??= this.run();
  }

  /** Ends the request under way. What was not acknowledged is delivered again, to whoever asks next. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.ended;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const pauseMs = await this.ask().catch((error: unknown) => this.noteFailed(error));
      await pause(pauseMs, undefined, { signal }).catch(() => undefined); // stopped
    }
  }

  /** @returns How long to wait with the next request, in milliseconds. */
  private async ask(): Promise<number> {
    const { timeoutMs, pollIntervalMs } = this.settings;
    const report = { acknowledged: [...this.acknowledged], faulty: new Map(this.faulty) };
    const askedAt = performance.now();
    const answer = await inTime((signal) => pollOnce(this.settings, report, signal), timeoutMs, this.stopped.signal);
    // Not before it has answered: what it may not have heard is told again.
    for (const jti of report.acknowledged) this.acknowledged.delete(jti);
    for (const jti of report.faulty.keys()) this.faulty.delete(jti);
    this.noteHeard();
    this.undone = (await this.takeAll(answer)) ? 0 : this.undone + 1;
    if (this.undone > 0) return backOffMs(this.undone);
    const hasMore = answer.moreAvailable || this.acknowledged.size > 0 || this.faulty.size > 0;
    return hasMore ? 0 : Math.max(0, askedAt + pollIntervalMs - performance.now());
  }

  /** @returns Whether all of them are done with. */
  private async takeAll({ tokens }: PollAnswer): Promise<boolean> {
    let isDone = true;
    for (const [jti, token] of tokens) {
      const outcome: Outcome =
        typeof token === 'string' ? await this.signals.receive(token, jti) : { kind: 'refused', fault: 'malformed' };
      if (outcome.kind === 'later') isDone = false;
      else if (outcome.kind === 'refused' && outcome.fault !== 'replayed') this.faulty.set(jti, FAULTS[outcome.fault]);
      else this.acknowledged.add(jti);
    }
    return isDone;
  }

  private noteHeard(): void {
    if (this.failures > 0) this.logger.log(`${this.name} is heard again`);
    this.failures = 0;
  }

  /** Once, not at every try. */
  private noteFailed(error: unknown): number {
    if (this.failures++ === 0 && !this.stopped.signal.aborted)
      this.logger.error(`${this.name} is not heard, so its security events have no effect until it is. ${messageOf(error)}`);
    return backOffMs(this.failures);
  }

  /** Without the query, which may be a secret. */
  private get name(): string {
    const { origin, pathname } = new URL(this.settings.url);
    return origin + pathname;
  }
}
