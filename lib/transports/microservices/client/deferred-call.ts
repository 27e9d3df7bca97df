import type { WireFields } from '../wire.js';

/** What we use of metadata as `@grpc/grpc-js` has it. */
export interface GrpcMetadata {
  clone(): GrpcMetadata;
  get(name: string): readonly unknown[];
  set(name: string, value: string): void;
}

interface GrpcListener {
  onReceiveStatus?(status: { readonly code: number; readonly details: string; readonly metadata: GrpcMetadata }): void;
}

/** What we use of a call as `@grpc/grpc-js` has it (`InterceptingCallInterface`). */
export interface GrpcCall {
  start(metadata: GrpcMetadata, listener?: GrpcListener): void;
  sendMessageWithContext(context: unknown, message: unknown): void;
  sendMessage(message: unknown): void;
  startRead(): void;
  halfClose(): void;
  cancelWithStatus(code: number, details: string): void;
  getPeer(): string;
  getAuthContext?(): unknown;
}

/** Status codes of gRPC. */
const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;
/** Longest time that a timer takes, in milliseconds (24 days): no token takes as long. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A call that begins once its fields are known; what is sent meanwhile waits. Where they cannot be had, or not before its deadline, it ends without having begun.
 * It is made no sooner, since one that has been made and not begun cannot tell anyone that its deadline has passed.
 */
export class DeferredCall implements GrpcCall {
  private begun: GrpcCall | undefined;
  private waiting: ((call: GrpcCall) => void)[] = [];
  private isCancelled = false;
  private isEnded = false;
  private timer: NodeJS.Timeout | undefined;
  private end: (code: number, details: string) => void = () => undefined;

  constructor(
    private readonly make: () => GrpcCall,
    private readonly fields: () => Promise<WireFields>,
    /** When the call is to have ended: milliseconds since 1970, or a date. */
    private readonly deadline: number | Date = Infinity,
  ) {}

  start(metadata: GrpcMetadata, listener?: GrpcListener): void {
    this.end = (code, details) => {
      if (this.isEnded) return;
      this.isEnded = true;
      this.waiting = [];
      clearTimeout(this.timer);
      listener?.onReceiveStatus?.({ code, details, metadata: empty(metadata) });
    };
    this.armDeadline();
    this.fields().then(
      (fields) => this.begin(metadata, fields, listener),
      (error: unknown) => this.end(...statusOf(error)),
    );
  }

  sendMessageWithContext(context: unknown, message: unknown): void {
    this.pass((call) => call.sendMessageWithContext(context, message));
  }

  sendMessage(message: unknown): void {
    this.pass((call) => call.sendMessage(message));
  }

  startRead(): void {
    this.pass((call) => call.startRead());
  }

  halfClose(): void {
    this.pass((call) => call.halfClose());
  }

  cancelWithStatus(code: number, details: string): void {
    if (this.begun !== undefined) {
      this.begun.cancelWithStatus(code, details);
      return;
    }
    this.isCancelled = true;
    // Not at once: whoever cancels may not be ready to hear of it.
    process.nextTick(() => this.end(code, details));
  }

  getPeer(): string {
    return this.begun?.getPeer() ?? 'unknown';
  }

  getAuthContext(): unknown {
    return this.begun?.getAuthContext?.() ?? null;
  }

  private armDeadline(): void {
    const leftMs = Number(this.deadline) - Date.now();
    if (leftMs > LONGEST_TIMER_MS) return;
    this.timer = setTimeout(() => {
      this.isCancelled = true;
      this.end(DEADLINE_EXCEEDED, 'The deadline has passed while the token was asked for.');
    }, leftMs);
  }

  private begin(metadata: GrpcMetadata, fields: WireFields, listener: GrpcListener | undefined): void {
    if (this.isCancelled) return;
    clearTimeout(this.timer);
    try {
      const call = this.make();
      call.start(withFields(metadata, fields), listener);
      this.begun = call;
    } catch {
      // The client was closed meanwhile, or will not have the metadata.
      this.end(UNAVAILABLE, 'The call could not begin: the client may have been closed.');
      return;
    }
    this.flush(this.begun);
  }

  private flush(call: GrpcCall): void {
    try {
      for (const act of this.waiting.splice(0)) act(call);
    } catch {
      // It has begun, so it ends by itself, and tells so.
      call.cancelWithStatus(UNAVAILABLE, 'What was to be sent could not be.');
    }
  }

  private pass(act: (call: GrpcCall) => void): void {
    if (this.begun !== undefined) act(this.begun);
    else if (!this.isCancelled && !this.isEnded) this.waiting.push(act);
  }
}

/** On a copy: the same metadata may be sent again, for somebody else. A trace that is there stays. */
function withFields(metadata: GrpcMetadata, { authorization = '', ...trace }: WireFields): GrpcMetadata {
  const copy = metadata.clone();
  copy.set('authorization', authorization);
  if (copy.get('traceparent').length === 0) for (const [name, value] of Object.entries(trace)) copy.set(name, value);
  return copy;
}

function empty(metadata: GrpcMetadata): GrpcMetadata {
  return new (metadata.constructor as new () => GrpcMetadata)();
}

/** By its name, since this room does not load the other one. What the operator alone is to know stays out: details reach clients of this service. */
function statusOf(error: unknown): [code: number, details: string] {
  const { name, code, message } = error as { readonly name?: unknown; readonly code?: unknown; readonly message?: unknown };
  if (name !== 'OutboundError') return [UNAUTHENTICATED, String(message)];
  const details = `There is no token for this call (${String(code)}).`;
  if (code === 'unavailable') return [UNAVAILABLE, details];
  return [UNAUTHENTICATED, details];
}
