import { catchError, EMPTY, isObservable, Observable, Subject, throwError, type Observer, type Subscription } from 'rxjs';
import { askedTooLate } from '../../../authorization/index.js';
import { AuthzRpcException } from '../authz-rpc.exception.js';
import { catching, type ClientStream, type RefusalIn, type RunInScope } from './client-stream.interface.js';

/** Follows the messages that a client streams to a handler with `@GrpcStreamMethod()`. */
export class StreamedMessages implements ClientStream {
  private refused: AuthzRpcException | undefined;
  private readonly responseEnds = new Subject<AuthzRpcException>();
  private readonly inputEnds = new Subject<void>();

  constructor(private readonly refusalIn: RefusalIn) {}

  get isEnded(): boolean {
    return this.refused !== undefined;
  }

  /** Returns the messages for the handler: each runs in the call's scope, and they complete once the call has ended. */
  input(messages: Observable<unknown>, run: RunInScope): Observable<unknown> {
    // Nest passes the error that ends the response to the input as well. A handler that subscribes without `error` would end the process.
    const calm = messages.pipe(catchError((error: unknown) => (this.isEnded ? EMPTY : throwError(() => error))));
    const scoped = new Observable((subscriber) => {
      if (this.isEnded) {
        subscriber.complete();
        return;
      }
      subscriber.add(this.inputEnds.subscribe(() => subscriber.complete()));
      subscriber.add(
        calm.subscribe({
          next: (value) => run(() => subscriber.next(value)),
          error: (error: unknown) => run(() => subscriber.error(error)),
          complete: () => run(() => subscriber.complete()),
        }),
      );
    });
    const input = new HandledMessages(scoped, (error) => this.handle(error));
    // Nest uses it to deliver messages that arrived before the handler subscribed.
    return Object.assign(input, { drainBuffer: (messages as { drainBuffer?: () => void }).drainBuffer });
  }

  /** Returns the handler's response, which ends with the call. */
  response(given: Observable<unknown>): Observable<unknown> {
    return new Observable((subscriber) => {
      subscriber.add(this.responseEnds.subscribe((refused) => subscriber.error(refused)));
      subscriber.add(
        given.subscribe({
          next: (value) => subscriber.next(value),
          error: (error: unknown) => (error instanceof AuthzRpcException ? this.end(error) : subscriber.error(error)),
          complete: () => subscriber.complete(),
        }),
      );
    });
  }

  /** Ends the response first: a handler that completes its response when its input completes would make it look complete. */
  end(refused: AuthzRpcException): void {
    if (this.isEnded) return;
    this.refused = refused;
    this.responseEnds.next(refused);
    this.inputEnds.next();
  }

  private handle(error: unknown): void {
    const refused = error instanceof AuthzRpcException ? error : this.refusalIn(error);
    if (refused !== undefined) this.end(refused);
    else if (!askedTooLate(error)) throw error;
  }
}

type Callback = ((value: unknown) => unknown) | null | undefined;
type Callbacks = Partial<Observer<unknown>>;

/**
 * The messages that the handler subscribes to, also through operators. Catches refusals thrown in its callbacks: RxJS would rethrow them as uncaught
 * errors.
 */
class HandledMessages extends Observable<unknown> {
  constructor(
    messages: Observable<unknown>,
    private readonly caught: (error: unknown) => void,
  ) {
    super((subscriber) => messages.subscribe(subscriber));
    const pipe = this.pipe.bind(this) as (...operators: unknown[]) => unknown;
    this.pipe = (...operators: unknown[]) => {
      const piped = pipe(...operators);
      return (isObservable(piped) ? new HandledMessages(piped, caught) : piped) as Observable<unknown>;
    };
  }

  override subscribe(observer?: Callbacks | Callback, error?: Callback, complete?: (() => void) | null): Subscription {
    if (typeof observer !== 'object' || observer === null)
      return super.subscribe(this.guarded({ next: observer, error, complete } as Callbacks));
    // The subscriber of an operator passes errors on, so it stays unchanged.
    return super.subscribe('unsubscribe' in observer ? observer : this.guarded(observer));
  }

  private guarded(given: Callbacks): Callbacks {
    const { caught } = this;
    return {
      next: (value) => catching(() => given.next?.(value), caught),
      // Only if the handler has one: otherwise RxJS reports the error.
      ...(given.error && { error: (error: unknown) => catching(() => given.error?.(error), caught) }),
      complete: () => catching(() => given.complete?.(), caught),
    };
  }
}
