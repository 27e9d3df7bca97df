import type { OnApplicationShutdown } from '@nestjs/common';
import { messageOf, type Principal, type RefusalReason } from '../../core/index.js';
import { holderName, type RevocationEvent, type Revocations } from '../../revocation/index.js';
import type { Refusal } from '../refusals/refusal.js';
import type { Refusals } from '../refusals/refusals.js';
import type { OpenCall } from '../transports/transport.interface.js';

/** Closes an open call, and may send the reason. An error, or a rejected promise, becomes a process warning. */
export type EndCall = (reason: RefusalReason, answer: Refusal) => unknown;

interface Entry {
  principal: Principal;
  readonly end: EndCall;
  readonly outlivesRevocation: boolean;
  timer: NodeJS.Timeout | undefined;
  /** Names of the token by which a revocation rule can match it. */
  names: readonly string[];
}

/** Longest delay of a timer, in milliseconds. */
const MAX_TIMER_MS = 0x7fff_ffff;
/** Open calls checked before the event loop gets its turn. */
const SLICE = 500;

/**
 * Closes open calls (sockets, streams, subscriptions) when their caller's token expires or is revoked. Costs one timer per open call, and one
 * look-up per rule about a token, session or subject; only a wider rule causes a check of all open calls.
 */
export class OpenCalls implements OnApplicationShutdown {
  private readonly open = new Set<Entry>();
  private readonly named = new Map<string, Set<Entry>>();
  private readonly unsubscribe: () => void;
  private isSweeping = false;
  private sweepAgain = false;

  constructor(
    private readonly revocations: Revocations,
    private readonly refusals: Refusals,
    private readonly clockToleranceSeconds: number,
  ) {
    this.unsubscribe = revocations.subscribe((event) => this.onEvent(event));
  }

  /** Number of open calls. */
  get size(): number {
    return this.open.size;
  }

  /**
   * Calls `end` once, when the token expires or is revoked, unless the open call is released before. Never calls `end` before it returns.
   * @param outlivesRevocation Closes the call only when the token expires. Default: false.
   */
  watch(principal: Principal, end: EndCall, outlivesRevocation = false): OpenCall {
    const entry: Entry = { principal, end, outlivesRevocation, timer: undefined, names: [] };
    this.open.add(entry);
    this.attach(entry);
    return {
      renew: (renewed) => {
        if (!this.open.has(entry)) return;
        this.detach(entry);
        entry.principal = renewed;
        this.attach(entry);
      },
      release: () => this.release(entry),
    };
  }

  /** Returns why a caller's token is no longer accepted; `undefined` while it is. */
  reasonToEnd(principal: Principal, outlivesRevocation = false): RefusalReason | undefined {
    if (this.hasExpired(principal)) return 'token_expired';
    if (outlivesRevocation) return undefined;
    // An unavailable revocation list does not end open calls.
    return this.revocations.check(principal) === 'token_revoked' ? 'token_revoked' : undefined;
  }

  /** Returns whether a caller's token has expired, with the clock tolerance. */
  hasExpired(principal: Principal): boolean {
    return this.leftMs(principal) <= 0;
  }

  /** Counts and logs the end of an open call. For ends that {@link watch} does not notice. */
  noteEnd(principal: Principal, reason: RefusalReason): void {
    const finding =
      reason === 'token_expired'
        ? ({
            kind: 'time',
            claim: 'exp',
            came: principal.expiresAt,
            now: Date.now() / 1000,
            tolerance: this.clockToleranceSeconds,
          } as const)
        : undefined;
    this.refusals.note({ name: 'an open socket, stream or subscription', reason, principal, finding });
  }

  /** Returns the response to clients. */
  refusalFor(reason: RefusalReason): Refusal {
    return this.refusals.of(reason);
  }

  /** Called by Nest once no request can arrive any more. */
  onApplicationShutdown(): void {
    this.stop();
  }

  /** Stops watching. */
  stop(): void {
    this.unsubscribe();
    for (const entry of [...this.open]) this.release(entry);
  }

  private attach(entry: Entry): void {
    this.arm(entry);
    entry.names = this.revocations.holderNames(entry.principal);
    for (const name of entry.names) {
      const entries = this.named.get(name);
      if (entries === undefined) this.named.set(name, new Set([entry]));
      else entries.add(entry);
    }
    // The token may have been revoked since the guard ran.
    queueMicrotask(() => this.check(entry));
  }

  private detach(entry: Entry): void {
    clearTimeout(entry.timer);
    for (const name of entry.names) {
      const entries = this.named.get(name);
      entries?.delete(entry);
      if (entries?.size === 0) this.named.delete(name);
    }
  }

  /** Sets the timer. It checks the time again when it fires: a timer waits 24 days at most, and the clock may have been set. */
  private arm(entry: Entry): void {
    const wake = () => (this.leftMs(entry.principal) > 0 ? this.arm(entry) : this.finish(entry, 'token_expired'));
    entry.timer = setTimeout(wake, Math.min(Math.max(0, this.leftMs(entry.principal)), MAX_TIMER_MS)).unref();
  }

  /** Returns how long the token is still accepted, in milliseconds. */
  private leftMs({ expiresAt }: Principal): number {
    return (expiresAt + this.clockToleranceSeconds) * 1000 - Date.now();
  }

  private release(entry: Entry): void {
    this.detach(entry);
    this.open.delete(entry);
  }

  private onEvent(event: RevocationEvent): void {
    if (event.kind === 'coarsened') this.sweep();
    if (event.kind !== 'revoked') return;
    const name = holderName(event.rule);
    if (name === undefined) this.sweep();
    else for (const entry of [...(this.named.get(name) ?? [])]) this.check(entry);
  }

  /** Checks every open call in slices; a rule that arrives meanwhile causes one more pass. */
  private sweep(): void {
    this.sweepAgain = this.isSweeping;
    if (this.isSweeping) return;
    this.isSweeping = true;
    const left = [...this.open];
    const next = (): void => {
      for (const entry of left.splice(-SLICE)) this.check(entry);
      if (left.length > 0) {
        setImmediate(next);
        return;
      }
      this.isSweeping = false;
      if (this.sweepAgain) this.sweep();
    };
    next();
  }

  private check(entry: Entry): void {
    if (!this.open.has(entry)) return;
    const reason = this.reasonToEnd(entry.principal, entry.outlivesRevocation);
    if (reason !== undefined) this.finish(entry, reason);
  }

  private finish(entry: Entry, reason: RefusalReason): void {
    this.release(entry);
    this.noteEnd(entry.principal, reason);
    try {
      const ended = entry.end(reason, this.refusalFor(reason));
      if (ended instanceof Promise) ended.catch(warn);
    } catch (error) {
      warn(error);
    }
  }
}

function warn(error: unknown): void {
  process.emitWarning(`Could not close an open call whose token expired or was revoked: ${messageOf(error)}`);
}
