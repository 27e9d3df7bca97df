import { askedTooLate, discardWrite } from '../../../authorization/index.js';
import { SilentRefusal, type AuthzRpcException } from '../authz-rpc.exception.js';
import { catching, type ClientStream, type RefusalIn, type RunInScope } from './client-stream.interface.js';

/** What we use of a call that its handler reads and writes itself (`@GrpcStreamCall()`). */
interface DuplexCall extends NodeJS.EventEmitter {
  push(value: unknown): boolean;
  read(): unknown;
  write(value: unknown, encoding?: unknown, done?: unknown): boolean;
}

type Answer = (...given: unknown[]) => void;

/** Follows `[call]`, and `[call, callback]` where the call has one answer. Made before the handler runs. */
export class StreamedCall implements ClientStream {
  isEnded = false;
  private readonly call: DuplexCall;
  private readonly answer: Answer | undefined;
  /** Those of grpc-js, by which the call ends with a status. The handler's are not among them: `for await` would throw. */
  private readonly statusListeners: readonly ((error: unknown) => void)[];

  /** @param args The second is replaced: a handler that was refused may go on and answer, and to answer twice throws. */
  constructor(
    args: unknown[],
    private readonly run: RunInScope,
    private readonly refusalIn: RefusalIn,
  ) {
    this.call = args[0] as DuplexCall;
    this.statusListeners = this.call.listeners('error') as ((error: unknown) => void)[];
    if (typeof args[1] === 'function') args[1] = this.answer = once(args[1] as Answer);
    this.followEvents();
  }

  end(refused: AuthzRpcException): void {
    if (this.isEnded) return;
    this.isEnded = true;
    const error = refused.getError();
    if (this.answer !== undefined) this.answer(error);
    else for (const listener of this.statusListeners) listener.call(this.call, error);
    this.endWriting();
    this.endReading();
  }

  /** Handles an error that nothing catches: a refusal ends the call. @throws any other error. */
  handle(error: unknown): void {
    // It has ended the call already.
    if (error instanceof SilentRefusal) return;
    const refused = this.refusalIn(error);
    if (refused !== undefined) this.end(refused);
    else if (!askedTooLate(error)) throw error;
  }

  /** Events come from the connection, outside of any call. The listeners are called one by one, since an async one rejects unheard. */
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

  /** To write to an ended stream is an error of the stream, which the handler's loop would throw. */
  private endWriting(): void {
    this.call.write = (_value, encoding, done) => discardWrite(encoding, done);
  }

  /** Drops what the handler has not read, and whatever still comes. */
  private endReading(): void {
    const { call } = this;
    call.push(null);
    call.push = () => false;
    while (call.read() !== null);
  }
}

function once(answer: Answer): Answer {
  let isAnswered = false;
  return (...given) => {
    if (isAnswered) return;
    isAnswered = true;
    answer(...given);
  };
}
