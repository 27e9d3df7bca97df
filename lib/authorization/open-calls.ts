import type { Principal, RefusalReason } from '../core/index.js';
import { holderName, type RevocationEvent, type Revocations } from '../revocation/index.js';
import type { Refusal } from './refusal.js';
import type { Refusals } from './refusals.js';

/** Ends something open, and may say why. */
export type EndCall = (reason: RefusalReason, answer: Refusal) => void;

/** Something open that ends with its caller's token. */
export interface OpenCall {
  /** The caller came with a newer token: it ends with that one. */
  renew(principal: Principal): void;
  /** It has ended by itself. */
  release(): void;
}

interface Entry {
  principal: Principal;
  readonly end: EndCall;
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
export class OpenCalls {
  private readonly open = new Set<Entry>();
  private readonly named = new Map<string, Set<Entry>>();
  private readonly endHearing: () => void;
  private isSweeping = false;
  private sweepAgain = false;

  constructor(
    private readonly revocations: Revocations,
    private readonly refusals: Refusals,
    private readonly clockToleranceSeconds: number,
  ) {
    this.endHearing = revocations.subscribe((event) => this.hear(event));
  }

  /** How many are open. */
  get size(): number {
    return this.open.size;
  }

  /**
   * Calls back once, when the token has ended or was withdrawn, unless it is released before.
   * @param end What it throws becomes a warning of the process.
   */
  watch(principal: Principal, end: EndCall): OpenCall {
    const entry: Entry = { principal, end, timer: undefined, names: [] };
    this.open.add(entry);
    this.attach(entry);
    // Withdrawn between the guard and now.
    queueMicrotask(() => this.check(entry));
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

  /** Ends nothing any more. */
  stop(): void {
    this.endHearing();
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
  }

  private detach(entry: Entry): void {
    clearTimeout(entry.timer);
    for (const name of entry.names) {
      const those = this.named.get(name);
      those?.delete(entry);
      if (those?.size === 0) this.named.delete(name);
    }
  }

  private arm(entry: Entry): void {
    const leftMs = (entry.principal.expiresAt + this.clockToleranceSeconds) * 1000 - Date.now();
    entry.timer = setTimeout(
      () => {
        if (leftMs > MAX_TIMER_MS) this.arm(entry);
        else this.finish(entry, 'token_expired');
      },
      Math.max(0, Math.min(leftMs, MAX_TIMER_MS)),
    ).unref();
  }

  private release(entry: Entry): void {
    this.detach(entry);
    this.open.delete(entry);
  }

  private hear(event: RevocationEvent): void {
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
    if (this.open.has(entry) && this.revocations.check(entry.principal) === 'token_revoked') this.finish(entry, 'token_revoked');
  }

  private finish(entry: Entry, reason: RefusalReason): void {
    this.release(entry);
    try {
      entry.end(reason, this.refusals.of(reason));
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}
