import { setTimeout as pause } from 'node:timers/promises';
import { AuthzLogger, RepeatedWarnings } from '../../../../authorization/index.js';
import { messageOf } from '../../../../core/index.js';
import { OversizedResponseError } from '../../../../network/http-client/index.js';
import { backOffMs, inTime } from '../../../../network/remote/index.js';
import { RetryLimit } from './retry-limit.js';
import { MAX_EVENTS, pollOnce, type PollResponse } from './poll-request.js';
import { RecentIds } from './recent-ids.js';
import type { SharedSignalsPollSettings } from './shared-signals-poll-settings.js';
import type { SharedSignals } from '../shared-signals.js';
import { FAULTS, type FaultName, type TokenFault } from '../../tokens/token-fault.js';
import type { Outcome } from '../../tokens/outcome.js';

/** Number of responses in a row after which the number of requested tokens grows again. */
const GROW_AFTER = 10;

/**
 * Polls a transmitter for security events, one request at a time, for as long as the application runs. A token is acknowledged once its rule is
 * in force here and the feed has it; until then the transmitter keeps the token.
 */
export class TransmitterPoll {
  private readonly logger = new AuthzLogger('SharedSignals');
  private readonly warnings = new RepeatedWarnings((line) => this.logger.warn(line));
  private readonly stopped = new AbortController();
  private readonly acknowledged = new Set<string>();
  private readonly faulty = new Map<string, TokenFault>();
  /** Ids reported as faulty: a repeated delivery is not new. */
  private readonly reported = new RecentIds();
  /** Failed requests in a row. */
  private failures = 0;
  /** Responses in a row without progress, although there are tokens. */
  private standstills = 0;
  private maxEvents = MAX_EVENTS;
  /** Responses in a row with the current number of requested tokens. */
  private responses = 0;
  private ended: Promise<void> | undefined;

  constructor(
    private readonly settings: SharedSignalsPollSettings,
    private readonly signals: Pick<SharedSignals, 'receive' | 'giveUp'>,
    private readonly retryLimit = new RetryLimit(),
    private readonly wait: (ms: number, signal: AbortSignal) => Promise<void> = (ms, signal) => pause(ms, undefined, { signal }),
  ) {}

  start(): void {
    this.ended ??= this.run();
  }

  /** Aborts the running request. Tokens without acknowledgement are delivered again, to any instance. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.ended;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const pauseMs = await this.ask().catch((error: unknown) => this.noteFailed(error));
      await this.wait(pauseMs, signal).catch(() => undefined); // aborted by stop()
    }
  }

  /** @returns Delay before the next request, in milliseconds. */
  private async ask(): Promise<number> {
    const { timeoutMs, pollIntervalMs } = this.settings;
    const { maxEvents } = this;
    const isDue = (jti: string) => this.retryLimit.isDue(jti);
    const report = { maxEvents, acknowledged: [...this.acknowledged], faulty: new Map(this.faulty), isDue };
    const askedAt = performance.now();
    const response = await inTime((signal) => pollOnce(this.settings, report, signal), timeoutMs, this.stopped.signal);
    // Only after the response: without one, the acknowledgements may be lost and are sent again.
    for (const jti of report.acknowledged) this.acknowledged.delete(jti);
    for (const jti of report.faulty.keys()) this.faulty.delete(jti);
    this.noteResponse();
    if (response.isOverfull)
      this.warnings.warn(
        `${this.name} sent more security events than the ${maxEvents} requested (RFC 8936 section 2.2). The others wait for the next request.`,
        'overfull',
      );
    const hasNews = await this.takeAll(response);
    const isAtRest = response.tokens.length === 0 && !response.moreAvailable;
    this.standstills = hasNews || isAtRest ? 0 : this.standstills + 1;
    if (hasNews) return 0;
    // A transmitter that repeats processed tokens, or has more but delivers none, would otherwise be polled without a pause.
    return isAtRest ? Math.max(0, askedAt + pollIntervalMs - performance.now()) : backOffMs(this.standstills);
  }

  /**
   * Stops early if the application stops; the remaining tokens are delivered again.
   * @returns Whether a token was processed that was not before, so that the transmitter can go on.
   */
  private async takeAll({ tokens }: PollResponse): Promise<boolean> {
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
      if (outcome.endsAs === undefined || !this.retryLimit.isOver(jti)) return 'left';
      this.giveUp(outcome.endsAs);
      return this.report(jti, outcome.endsAs);
    }
    this.retryLimit.forget(jti);
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
      `Gave up a security event of ${this.name} after many attempts. It has no effect, and is reported to the transmitter as faulty. ${FAULTS[fault].description}`,
    );
  }

  /** Abandons the work when the application stops. Not Promise.race(): the long-lived promise would keep every raced one in memory. */
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

  private noteResponse(): void {
    if (this.failures > 0) this.logger.log(`${this.name} is reachable again`);
    this.failures = 0;
    if (this.maxEvents === MAX_EVENTS || ++this.responses < GROW_AFTER) return;
    this.maxEvents = Math.min(MAX_EVENTS, this.maxEvents * 2);
    this.responses = 0;
  }

  /** Logs the first of several failures. */
  private noteFailed(error: unknown): number {
    if (error instanceof OversizedResponseError) this.maxEvents = Math.ceil(this.maxEvents / 2);
    this.responses = 0;
    if (this.failures++ === 0 && !this.stopped.signal.aborted)
      this.logger.error(
        `${this.name} cannot be reached, so its security events have no effect until it is reachable again. ${messageOf(error)}`,
      );
    return backOffMs(this.failures);
  }

  /** Without the query, which may contain a secret. */
  private get name(): string {
    const { origin, pathname } = new URL(this.settings.url);
    return origin + pathname;
  }
}
