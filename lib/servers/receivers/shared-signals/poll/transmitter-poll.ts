import { setTimeout as pause } from 'node:timers/promises';
import { AuthzLogger, RepeatedWarnings } from '../../../../authorization/index.js';
import { messageOf } from '../../../../core/index.js';
import { OversizedResponseError } from '../../../../network/http-client/index.js';
import { backOffMs, inTime } from '../../../../network/remote/index.js';
import { Patience } from './patience.js';
import { MAX_EVENTS, pollOnce, type PollAnswer } from './poll-request.js';
import { RecentIds } from './recent-ids.js';
import type { SharedSignalsPollSettings } from './shared-signals-poll-settings.js';
import type { SharedSignals } from '../shared-signals.js';
import { FAULTS, type FaultName, type TokenFault } from '../../tokens/token-fault.js';
import type { Outcome } from '../../tokens/token-receiver.js';

/** After so many answers in a row more tokens are asked for again. */
const GROW_AFTER = 10;

/**
 * Asks a transmitter for security events, one request at a time, for as long as the application runs. A token is acknowledged once what it asks for
 * is in force and every other instance has it; until then the transmitter keeps it.
 */
export class TransmitterPoll {
  private readonly logger = new AuthzLogger('SharedSignals');
  private readonly warnings = new RepeatedWarnings((line) => this.logger.warn(line));
  private readonly stopped = new AbortController();
  private readonly acknowledged = new Set<string>();
  private readonly faulty = new Map<string, TokenFault>();
  /** Those that were reported to be faulty: one of them that comes again is no news. */
  private readonly reported = new RecentIds();
  /** Requests in a row that brought no answer. */
  private failures = 0;
  /** Answers in a row that brought nothing new although there is something. */
  private standstills = 0;
  private maxEvents = MAX_EVENTS;
  /** Answers in a row that were read with so many tokens asked for. */
  private answers = 0;
  private ended: Promise<void> | undefined;

  constructor(
    private readonly settings: SharedSignalsPollSettings,
    private readonly signals: Pick<SharedSignals, 'receive' | 'giveUp'>,
    private readonly patience = new Patience(),
    private readonly wait: (ms: number, signal: AbortSignal) => Promise<void> = (ms, signal) => pause(ms, undefined, { signal }),
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
      await this.wait(pauseMs, signal).catch(() => undefined); // stopped
    }
  }

  /** @returns How long to wait with the next request, in milliseconds. */
  private async ask(): Promise<number> {
    const { timeoutMs, pollIntervalMs } = this.settings;
    const { maxEvents } = this;
    const isDue = (jti: string) => this.patience.isDue(jti);
    const report = { maxEvents, acknowledged: [...this.acknowledged], faulty: new Map(this.faulty), isDue };
    const askedAt = performance.now();
    const answer = await inTime((signal) => pollOnce(this.settings, report, signal), timeoutMs, this.stopped.signal);
    // Not before it has answered: what it may not have heard is told again.
    for (const jti of report.acknowledged) this.acknowledged.delete(jti);
    for (const jti of report.faulty.keys()) this.faulty.delete(jti);
    this.noteHeard();
    if (answer.isOverfull)
      this.warnings.warn(
        `${this.name} sent more security events than the ${maxEvents} that were asked for (RFC 8936 section 2.2). The others are left until the next request.`,
        'overfull',
      );
    const hasNews = await this.takeAll(answer);
    const isAtRest = answer.tokens.length === 0 && !answer.moreAvailable;
    this.standstills = hasNews || isAtRest ? 0 : this.standstills + 1;
    if (hasNews) return 0;
    // One that delivers again what is done with, or has more and delivers nothing, would be asked without end.
    return isAtRest ? Math.max(0, askedAt + pollIntervalMs - performance.now()) : backOffMs(this.standstills);
  }

  /**
   * Ends in the middle where the application stops: what is left is delivered again.
   * @returns Whether one is done with that was not before, so that the transmitter gets on.
   */
  private async takeAll({ tokens }: PollAnswer): Promise<boolean> {
    let hasNews = false;
    for (const [jti, token] of tokens) {
      if (this.stopped.signal.aborted) break;
      if ((await this.outcomeOf(jti, token)) === 'new') hasNews = true;
    }
    return hasNews;
  }

  private async outcomeOf(jti: string, token: unknown): Promise<'left' | 'new' | 'known'> {
    const outcome: Outcome | undefined =
      typeof token === 'string'
        ? await this.unlessStopped(this.signals.receive(token, jti))
        : { kind: 'refused', fault: 'malformed' };
    if (outcome === undefined) return 'left';
    if (outcome.kind === 'later') {
      if (outcome.endsAs === undefined || !this.patience.isOver(jti)) return 'left';
      this.giveUp(outcome.endsAs);
      return this.report(jti, outcome.endsAs);
    }
    this.patience.forget(jti);
    if (outcome.kind === 'refused' && outcome.fault !== 'replayed') return this.report(jti, outcome.fault);
    this.acknowledged.add(jti);
    return outcome.kind === 'done' ? 'new' : 'known';
  }

  private report(jti: string, fault: FaultName): 'new' | 'known' {
    this.faulty.set(jti, FAULTS[fault]);
    return this.reported.add(jti) ? 'new' : 'known';
  }

  private giveUp(fault: FaultName): void {
    this.signals.giveUp(fault);
    this.warnings.warn(
      `A security event of ${this.name} was given up after many tries, and has no effect: the transmitter is told that it is faulty. ${FAULTS[fault].description}`,
    );
  }

  /** The work is left behind where the application stops; a promise that lives on would keep all that was ever raced with it. */
  private async unlessStopped<Result>(work: Promise<Result>): Promise<Result | undefined> {
    const { signal } = this.stopped;
    if (signal.aborted) return undefined;
    let stop = (): void => undefined;
    const stopped = new Promise<undefined>((resolve) => (stop = () => resolve(undefined)));
    signal.addEventListener('abort', stop);
    try {
      return await Promise.race([work, stopped]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  private noteHeard(): void {
    if (this.failures > 0) this.logger.log(`${this.name} is heard again`);
    this.failures = 0;
    if (this.maxEvents === MAX_EVENTS || ++this.answers < GROW_AFTER) return;
    this.maxEvents = Math.min(MAX_EVENTS, this.maxEvents * 2);
    this.answers = 0;
  }

  /** Once, not at every try. */
  private noteFailed(error: unknown): number {
    if (error instanceof OversizedResponseError) this.maxEvents = Math.ceil(this.maxEvents / 2);
    this.answers = 0;
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
