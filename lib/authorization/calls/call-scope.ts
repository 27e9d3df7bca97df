import { AsyncLocalStorage } from 'node:async_hooks';
import type { Exchange } from './call-state.js';

/** Knows which call the running code belongs to. One per application. */
export class CallScope {
  private readonly storage = new AsyncLocalStorage<Exchange>();

  /** Runs what belongs to a call. */
  run<Result>(exchange: Exchange, what: () => Result): Result {
    return this.storage.run(exchange, what);
  }

  /** Has what runs from here on belong to a call, where no function of ours encloses it. */
  enter(exchange: Exchange): void {
    this.storage.enterWith(exchange);
  }

  /** The current call; `undefined` outside of any. */
  current(): Exchange | undefined {
    return this.storage.getStore();
  }
}
