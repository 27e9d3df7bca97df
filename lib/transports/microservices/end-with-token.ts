import { Observable, type Subscriber } from 'rxjs';

/** Watches the caller's token. */
export interface TokenWatch {
  /** Returns the error that ends the response immediately, if the token has already expired or was revoked. */
  endedBy(): Error | undefined;
  /** Calls back once the token expires or is revoked. @returns Stops the watch. */
  watch(end: (error: Error) => void): () => void;
}

/**
 * Ends a response of several values with the caller's token. A response of one value is always sent, however long it took, and costs no watch: it
 * completes with its first value.
 * @param isStream Whether the response is known to be a stream, which may then end before its first value.
 */
export function endWithToken(response: Observable<unknown>, token: TokenWatch, isStream: boolean): Observable<unknown> {
  return new Observable((subscriber) => {
    const stream = new TokenBoundStream(subscriber, token);
    if (isStream) stream.begin();
    stream.add(response);
  });
}

class TokenBoundStream {
  /** Values held until it is clear whether the response has several values. */
  private held: unknown[] | undefined = [];

  constructor(
    private readonly subscriber: Subscriber<unknown>,
    private readonly token: TokenWatch,
  ) {}

  add(response: Observable<unknown>): void {
    if (this.subscriber.closed) return;
    const subscription = response.subscribe({
      next: (value) => this.next(value),
      error: (error: unknown) => {
        this.flush();
        this.subscriber.error(error);
      },
      complete: () => {
        this.flush();
        this.subscriber.complete();
      },
    });
    this.subscriber.add(subscription);
  }

  /** Starts the watch: the response may have several values. */
  begin(): void {
    const { subscriber, token } = this;
    if (subscriber.closed) return;
    const ended = token.endedBy();
    if (ended !== undefined) {
      subscriber.error(ended);
      return;
    }
    subscriber.add(token.watch((error) => subscriber.error(error)));
    this.flush();
  }

  private next(value: unknown): void {
    if (this.held === undefined) {
      this.subscriber.next(value);
      return;
    }
    this.held.push(value);
    if (this.held.length === 1) queueMicrotask(() => this.begin());
  }

  private flush(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const value of held) this.subscriber.next(value);
  }
}
