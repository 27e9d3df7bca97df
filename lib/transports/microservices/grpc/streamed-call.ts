import { askedTooLate, discardWrite } from '../../../authorization/index.js';
import { SilentRefusal, type AuthzRpcException } from '../authz-rpc.exception.js';
import { catching, type ClientStream, type RefusalIn, type RunInScope } from './client-stream.interface.js';

/** The members that we use of a call that its handler reads and writes itself (`@GrpcStreamCall()`). */
interface DuplexCall extends NodeJS.EventEmitter {
  push(value: unknown): boolean;
  read(): unknown;
  write(value: unknown, encoding?: unknown, done?: unknown): boolean;
}

type Respond = (...given: unknown[]) => void;

/** Follows a gRPC call: `[call]`, or `[call, callback]` if the call has one response. Created before the handler runs. */
export class StreamedCall implements ClientStream {
  isEnded = false;
  private readonly call: DuplexCall;
  private readonly respond: Respond | undefined;
  /** Listeners of grpc-js, which end the call with a status. The handler's own listeners are excluded: `for await` would throw. */
  private readonly statusListeners: readonly ((error: unknown) => void)[];

  /** @param args The callback is replaced: a refused handler may continue and respond, and a second response throws. */
  constructor(
    args: unknown[],
    private readonly run: RunInScope,
    private readonly refusalIn: RefusalIn,
  ) {
    this.call = args[0] as DuplexCall;
    this.statusListeners = this.call.listeners('error') as ((error: unknown) => void)[];
    if (typeof args[1] === 'function') args[1] = this.respond = once(args[1] as Respond);
    this.followEvents();
  }

  end(refused: AuthzRpcException): void {
    if (this.isEnded) return;
    this.isEnded = true;
    const error = refused.getError();
    if (this.respond !== undefined) this.respond(error);
    else for (const listener of this.statusListeners) listener.call(this.call, error);
    this.endWriting();
    this.endReading();
  }

  /** Handles an uncaught error: a refusal ends the call. @throws any other error. */
  handle(error: unknown): void {
    // This refusal has ended the call already.
    if (error instanceof SilentRefusal) return;
    const refused = this.refusalIn(error);
    if (refused !== undefined) this.end(refused);
    else if (!askedTooLate(error)) throw error;
  }

  /**
   * Runs event listeners in the call's scope, since events come from the connection. Calls the listeners one by one, to catch rejections of async
   * ones.
   */
  private followEvents(): void {
    const { call, run } = this;
    const emit = call.emit.bind(call);
    call.emit = (event, ...values: unknown[]) => {
      if (event === 'error') return run(() => emit(event, ...values));
      if (event === 'data' && this.isEnded) return false;
      const listeners = call.rawListeners(event);
      for (const listener of listeners)
        catching(
          () => run(() => listener.apply(call, values) as unknown),
          (error) => this.handle(error),
        );
      return listeners.length > 0;
    };
  }

  /** Discards later writes: writing to an ended stream emits an error that the handler's loop would throw. */
  private endWriting(): void {
    this.call.write = (_value, encoding, done) => discardWrite(encoding, done);
  }

  /** Drops data that the handler has not read, and data that still arrives. */
  private endReading(): void {
    const { call } = this;
    call.push(null);
    call.push = () => false;
    while (call.read() !== null);
  }
}

function once(respond: Respond): Respond {
  let hasResponded = false;
  return (...given) => {
    if (hasResponded) return;
    hasResponded = true;
    respond(...given);
  };
}
