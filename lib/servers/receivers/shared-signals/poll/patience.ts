import { backOffMs } from '../../../../network/remote/index.js';

/** Time after which a token is given up that could not be done, in milliseconds (15 minutes): longer than what is mended by itself takes. */
const GIVE_UP_AFTER_MS = 15 * 60_000;
/** Least tries before that, since a process may have slept. */
const LEAST_TRIES = 5;
/** Most tokens that are waited for. Further ones are tried whenever they come, and never given up. */
const MOST = 10_000;

interface Wait {
  readonly since: number;
  tries: number;
  /** When it was last tried or asked about. */
  seenAt: number;
  nextAt: number;
}

/** How long tokens are waited for that come again and again and cannot be done, each by itself: one that never can does not hold up the others. */
export class Patience {
  private readonly waits = new Map<string, Wait>();

  /** @param now Milliseconds of a clock that only goes forward. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether it is time to try a token (again). */
  isDue(jti: string): boolean {
    const wait = this.waits.get(jti);
    if (wait === undefined) return true;
    wait.seenAt = this.now();
    return wait.nextAt <= wait.seenAt;
  }

  /** Another try came to nothing. @returns Whether it was the last one. */
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

  /** It is done with. */
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

  /** What did not come again was taken back, or delivered to another process. */
  private forgetUnseen(): void {
    for (const [jti, { seenAt }] of this.waits) if (this.now() - seenAt > GIVE_UP_AFTER_MS) this.waits.delete(jti);
  }
}
