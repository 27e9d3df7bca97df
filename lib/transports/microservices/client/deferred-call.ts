import type { WireFields } from '../wire.js';

/** The members that we use of the metadata of `@grpc/grpc-js`. */
export interface GrpcMetadata {
  clone(): GrpcMetadata;
  get(name: string): readonly unknown[];
  set(name: string, value: string): void;
}

interface GrpcListener {
  onReceiveStatus?(status: { readonly code: number; readonly details: string; readonly metadata: GrpcMetadata }): void;
}

/** The members that we use of a call of `@grpc/grpc-js` (`InterceptingCallInterface`). */
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
/** Longest delay of a timer, in milliseconds (24 days): no token request takes as long. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A gRPC call that starts once its fields are available; until then its messages are kept. If the fields cannot be fetched before the deadline, the
 * call ends without having started. The inner call is created no sooner, since a call that is created but not started cannot report an exceeded
 * deadline.
 */
export class DeferredCall implements GrpcCall {
  private started: GrpcCall | undefined;
  private waiting: ((call: GrpcCall) => void)[] = [];
  private isCancelled = false;
  private isEnded = false;
  private timer: NodeJS.Timeout | undefined;
  private end: (code: number, details: string) => void = () => undefined;

  constructor(
    private readonly make: () => GrpcCall,
    private readonly fields: () => Promise<WireFields>,
    /** Deadline of the call: milliseconds since 1970, or a date. */
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
      (fields) => this.startCall(metadata, fields, listener),
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
    if (this.started !== undefined) {
      this.started.cancelWithStatus(code, details);
      return;
    }
    this.isCancelled = true;
    // Deferred: the code that cancels may not have its listeners ready.
    process.nextTick(() => this.end(code, details));
  }

  getPeer(): string {
    return this.started?.getPeer() ?? 'unknown';
  }

  getAuthContext(): unknown {
    return this.started?.getAuthContext?.() ?? null;
  }

  private armDeadline(): void {
    const leftMs = Number(this.deadline) - Date.now();
    if (leftMs > LONGEST_TIMER_MS) return;
    this.timer = setTimeout(() => {
      this.isCancelled = true;
      this.end(DEADLINE_EXCEEDED, 'The deadline passed while the token was being fetched.');
    }, leftMs);
  }

  private startCall(metadata: GrpcMetadata, fields: WireFields, listener: GrpcListener | undefined): void {
    if (this.isCancelled) return;
    clearTimeout(this.timer);
    try {
      const call = this.make();
      call.start(withFields(metadata, fields), listener);
      this.started = call;
    } catch {
      // The client was closed meanwhile, or rejected the metadata.
      this.end(UNAVAILABLE, 'The call could not start: the client may have been closed.');
      return;
    }
    this.flush(this.started);
  }

  private flush(call: GrpcCall): void {
    try {
      for (const act of this.waiting.splice(0)) act(call);
    } catch {
      // The call has started, so cancelling it reports its status.
      call.cancelWithStatus(UNAVAILABLE, 'The kept messages could not be sent.');
    }
  }

  private pass(act: (call: GrpcCall) => void): void {
    if (this.started !== undefined) act(this.started);
    else if (!this.isCancelled && !this.isEnded) this.waiting.push(act);
  }
}

/** Adds the fields to a copy: the same metadata may be sent again for another caller. Keeps an existing trace. */
function withFields(metadata: GrpcMetadata, { authorization = '', ...trace }: WireFields): GrpcMetadata {
  const copy = metadata.clone();
  copy.set('authorization', authorization);
  if (copy.get('traceparent').length === 0) for (const [name, value] of Object.entries(trace)) copy.set(name, value);
  return copy;
}

function empty(metadata: GrpcMetadata): GrpcMetadata {
  return new (metadata.constructor as new () => GrpcMetadata)();
}

/**
 * Checks the error's name, since this package does not load the outbound package. Details reach clients of this service, so they contain nothing that
 * only the operator may know.
 */
function statusOf(error: unknown): [code: number, details: string] {
  const { name, code, message } = error as { readonly name?: unknown; readonly code?: unknown; readonly message?: unknown };
  if (name !== 'OutboundError') return [UNAUTHENTICATED, String(message)];
  const details = `No token for this call (${String(code)}).`;
  if (code === 'unavailable') return [UNAVAILABLE, details];
  return [UNAUTHENTICATED, details];
}
