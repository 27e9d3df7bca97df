import { backOffMs } from '../../../../network/remote/index.js';

/** Time after which a token that cannot be processed is given up, in milliseconds (15 minutes): longer than temporary faults last. */
const GIVE_UP_AFTER_MS = 15 * 60_000;
/** Fewest attempts before that, since the process may have been suspended. */
const LEAST_TRIES = 5;
/** Most tokens tracked. Further ones are tried whenever they are delivered, and never given up. */
const MOST = 10_000;

interface Wait {
  readonly since: number;
  tries: number;
  /** Last attempt, or last check whether one is due. */
  seenAt: number;
  nextAt: number;
}

/**
 * Limits the attempts to process tokens that are delivered again and again, each on its own, so that one that never works does not block the
 * others.
 */
export class RetryLimit {
  private readonly waits = new Map<string, Wait>();

  /** @param now A monotonic clock, in milliseconds. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether a token is to be tried now. */
  isDue(jti: string): boolean {
    const wait = this.waits.get(jti);
    if (wait === undefined) return true;
    wait.seenAt = this.now();
    return wait.nextAt <= wait.seenAt;
  }

  /** Counts a failed attempt. @returns Whether it was the last one. */
  isOver(jti: string): boolean {
    const wait = this.waitOf(jti);
    if (wait === undefined) return false;
    wait.tries++;
    wait.seenAt = this.now();
    wait.nextAt = wait.seenAt + backOffMs(wait.tries);
    if (wait.tries < LEAST_TRIES || wait.seenAt - wait.since < GIVE_UP_AFTER_MS) return false;
    this.waits.delete(jti);
    return true;
  }

  /** Stops tracking a token. */
  forget(jti: string): void {
    this.waits.delete(jti);
  }

  private waitOf(jti: string): Wait | undefined {
    const known = this.waits.get(jti);
    if (known !== undefined) return known;
    if (this.waits.size >= MOST) this.forgetUnseen();
    if (this.waits.size >= MOST) return undefined;
    const wait = { since: this.now(), tries: 0, seenAt: this.now(), nextAt: 0 };
    this.waits.set(jti, wait);
    return wait;
  }

  /** Forgets tokens that were not delivered again: they were removed, or delivered to another process. */
  private forgetUnseen(): void {
    for (const [jti, { seenAt }] of this.waits) if (this.now() - seenAt > GIVE_UP_AFTER_MS) this.waits.delete(jti);
  }
}
