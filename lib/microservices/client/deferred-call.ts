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
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/**
 * A call that begins once its fields are known; what is sent meanwhile waits. Where they cannot be had, it ends without having begun. It is made no sooner,
 * since one that has been made and not begun cannot tell anyone that its deadline has passed.
 */
export class DeferredCall implements GrpcCall {
  private begun: GrpcCall | undefined;
  private waiting: ((call: GrpcCall) => void)[] = [];
  private isCancelled = false;
  private isEnded = false;
  private end: (code: number, details: string) => void = () => undefined;

  constructor(
    private readonly make: () => GrpcCall,
    private readonly fields: () => Promise<WireFields>,
  ) {}

  start(metadata: GrpcMetadata, listener?: GrpcListener): void {
    this.end = (code, details) => {
      if (this.isEnded) return;
      this.isEnded = true;
      this.waiting = [];
      listener?.onReceiveStatus?.({ code, details, metadata: empty(metadata) });
    };
    this.fields().then(
      (fields) => this.begin(withFields(metadata, fields), listener),
      (error: unknown) => this.end(codeOf(error), (error as Error).message),
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

  private begin(metadata: GrpcMetadata, listener: GrpcListener | undefined): void {
    if (this.isCancelled) return;
    const call = this.make();
    this.begun = call;
    call.start(metadata, listener);
    for (const act of this.waiting.splice(0)) act(call);
  }

  private pass(act: (call: GrpcCall) => void): void {
    if (this.begun !== undefined) act(this.begun);
    else if (!this.isCancelled) this.waiting.push(act);
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

/** By its code, since this room does not load the other one. */
function codeOf(error: unknown): number {
  return (error as { readonly code?: unknown }).code === 'unavailable' ? UNAVAILABLE : UNAUTHENTICATED;
}
