import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallHandling, CallScope, RunningCall } from '../../../authorization/index.js';
import { isRecord } from '../../../core/index.js';
import { carryEachMessage } from './socket-carrier.js';

/** Runs each message of a client as a call with its own caller, because the token may be renewed between two messages. One per application. */
export class Messages {
  /** Separate from the scope of calls, which `runAs()` replaces inside a message. */
  private readonly running = new AsyncLocalStorage<RunningCall>();
  private readonly responses = new WeakMap<object, RunningCall>();

  constructor(
    private readonly transport: CallHandling,
    private readonly scope: CallScope,
    private readonly isClosed: (client: object) => boolean,
  ) {}

  /** Keeps the callers of a client's messages apart. */
  separate(client: object): void {
    carryEachMessage(client, () => {
      const call = this.running.getStore();
      return call?.args[0] === client ? call.carrier : undefined;
    });
  }

  /** Runs the handler of a message in the scope of the message. */
  handle<Result>(client: object, handler: () => Result): Result {
    let hasReturned = false;
    const isOver = () => hasReturned && this.isClosed(client);
    const call: RunningCall = { transport: this.transport, args: [client], carrier: {}, isOver };
    const response = this.within(call, handler);
    if (isRecord(response)) this.responses.set(response, call);
    // The call lasts until the handler returns, so a client cannot make the rest of a handler fail by disconnecting.
    const returned = () => (hasReturned = true);
    Promise.resolve(response).then(returned, returned);
    return response;
  }

  /** Runs code that belongs to the response to a message. An unknown response runs in the scope of the client. */
  resume<Result>(client: object, response: unknown, what: () => Result): Result {
    const call = isRecord(response) ? this.responses.get(response) : undefined;
    return call === undefined ? this.ofClient(client, what) : this.within(call, what);
  }

  /** Runs code outside of any message, such as `handleConnection` and broadcasts. */
  ofClient<Result>(client: object, what: () => Result): Result {
    return this.runFor(client, () => this.isClosed(client), what);
  }

  /** Runs code for a client that has disconnected; the caller is available until the code has run. */
  atEnd<Result>(client: object, what: () => Result): Result {
    let isOver = false;
    try {
      return this.runFor(client, () => isOver, what);
    } finally {
      process.nextTick(() => (isOver = true));
    }
  }

  private runFor<Result>(client: object, isOver: () => boolean, what: () => Result): Result {
    return this.scope.run({ transport: this.transport, args: [client], carrier: client, isOver }, what);
  }

  private within<Result>(call: RunningCall, what: () => Result): Result {
    return this.running.run(call, () => this.scope.run(call, what));
  }
}
