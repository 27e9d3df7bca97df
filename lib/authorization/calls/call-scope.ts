import { AsyncLocalStorage } from 'node:async_hooks';
import type { RunningCall } from './call.interface.js';

/** Knows which call the running code belongs to. One per application. */
export class CallScope {
  private readonly storage = new AsyncLocalStorage<RunningCall>();

  /** Runs what belongs to a call. */
  run<Result>(call: RunningCall, what: () => Result): Result {
    return this.storage.run(call, what);
  }

  /** Has what runs from here on belong to a call, where no function of ours encloses it. */
  enter(call: RunningCall): void {
    this.storage.enterWith(call);
  }

  /** The current call; `undefined` outside of any. */
  current(): RunningCall | undefined {
    return this.storage.getStore();
  }
}
