import { Observable, type Subscriber } from 'rxjs';

/** Watches over the caller's token. */
export interface TokenWatch {
  /** What ends the answer at once, since the token has ended by now. */
  endedBy(): Error | undefined;
  /** Calls back once the token ends. @returns What ends the watch. */
  watch(end: (error: Error) => void): () => void;
}

/**
 * Has an answer of many values end with the caller's token. One that is given as a whole is not held back, however long it took: it is known
 * for what it is by completing with its first value, and costs no watch.
 * @param isStream Known to be one of many values, so it may end before its first.
 */
export function endWithToken(answer: Observable<unknown>, token: TokenWatch, isStream: boolean): Observable<unknown> {
  return new Observable((subscriber) => {
    const stream = new TokenBoundStream(subscriber, token);
    if (isStream) stream.begin();
    stream.add(answer);
  });
}

class TokenBoundStream {
  /** What came before it was known whether there is more. */
  private held: unknown[] | undefined = [];

  constructor(
    private readonly subscriber: Subscriber<unknown>,
    private readonly token: TokenWatch,
  ) {}

  add(answer: Observable<unknown>): void {
    if (this.subscriber.closed) return;
    const subscription = answer.subscribe({
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

  /** There may be many values: from now on they end with the token. */
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
