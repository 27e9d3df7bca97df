import { AsyncLocalStorage } from 'node:async_hooks';
import type { RunningCall } from './call.interface.js';

/** Holds the call that the running code belongs to. One per application. */
export class CallScope {
  private readonly storage = new AsyncLocalStorage<RunningCall>();

  /** Runs code within a call. */
  run<Result>(call: RunningCall, run: () => Result): Result {
    return this.storage.run(call, run);
  }

  /** Enters the call's scope for the rest of the current async context, where we cannot wrap a callback. */
  enter(call: RunningCall): void {
    this.storage.enterWith(call);
  }

  /** Returns the current call; `undefined` outside of any. */
  current(): RunningCall | undefined {
    return this.storage.getStore();
  }
}
