import type { OnApplicationShutdown } from '@nestjs/common';
import { messageOf, type Principal, type RefusalReason } from '../../core/index.js';
import { holderName, type RevocationEvent, type Revocations } from '../../revocation/index.js';
import type { Refusal } from '../refusals/refusal.js';
import type { Refusals } from '../refusals/refusals.js';
import type { OpenCall } from './transport.interface.js';

/** Ends something open, and may say why. What it throws, or rejects with, becomes a warning of the process. */
export type EndCall = (reason: RefusalReason, answer: Refusal) => unknown;

interface Entry {
  principal: Principal;
  readonly end: EndCall;
  readonly outlivesRevocation: boolean;
  timer: NodeJS.Timeout | undefined;
  /** What rules about one holder can name of the token. */
  names: readonly string[];
}

/** The longest that a timer can wait, in milliseconds. */
const MAX_TIMER_MS = 0x7fff_ffff;
/** So many are looked at before other work has its turn. */
const SLICE = 500;

/**
 * Ends what stays open (sockets, streams, subscriptions) when the token of its caller ends or is withdrawn. Costs one timer each, and a
 * look-up for each rule about one token, session or subject; only a wider rule has all of them looked at.
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

  /** How many are open. */
  get size(): number {
    return this.open.size;
  }

  /**
   * Calls back once, when the token has ended or was withdrawn, unless it is released before; never before this has returned.
   * @param outlivesRevocation Only the token's end ends it. Default: false.
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

  /** Why a caller's token is good for nothing more; `undefined` as long as it is. */
  reasonToEnd(principal: Principal, outlivesRevocation = false): RefusalReason | undefined {
    if (this.hasExpired(principal)) return 'token_expired';
    if (outlivesRevocation) return undefined;
    // That nobody knows the rules at the moment ends nothing that is open.
    return this.revocations.check(principal) === 'token_revoked' ? 'token_revoked' : undefined;
  }

  /** Whether a caller's token has ended, as long as clocks may differ included. */
  hasExpired(principal: Principal): boolean {
    return this.leftMs(principal) <= 0;
  }

  /** Counts the end of something open and tells the operator why, for an end that {@link watch} does not call back for. */
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
    this.refusals.note({ name: 'what stays open (a socket, stream or subscription)', reason, principal, finding });
  }

  /** What clients are told of it. */
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
      const those = this.named.get(name);
      if (those === undefined) this.named.set(name, new Set([entry]));
      else those.add(entry);
    }
    // Withdrawn between the guard and now.
    queueMicrotask(() => this.check(entry));
  }

  private detach(entry: Entry): void {
    clearTimeout(entry.timer);
    for (const name of entry.names) {
      const those = this.named.get(name);
      those?.delete(entry);
      if (those?.size === 0) this.named.delete(name);
    }
  }

  /** Looks again when the time has come: a timer waits 24 days at most, and the clock may have been set meanwhile. */
  private arm(entry: Entry): void {
    const wake = () => (this.leftMs(entry.principal) > 0 ? this.arm(entry) : this.finish(entry, 'token_expired'));
    entry.timer = setTimeout(wake, Math.min(Math.max(0, this.leftMs(entry.principal)), MAX_TIMER_MS)).unref();
  }

  /** How long the token is still accepted, in milliseconds. */
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

  /** Looks at all, in slices. What comes meanwhile has it begin anew afterwards. */
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
  process.emitWarning(`Something open did not end with its caller's token: ${messageOf(error)}`);
}
