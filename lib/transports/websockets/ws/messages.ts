import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallHandling, CallScope, RunningCall } from '../../../authorization/index.js';
import { isRecord } from '../../../core/index.js';
import { carryEachMessage } from './socket-carrier.js';

/**
 * Runs each message of a client as a call of its own: what was found out by the token of one does not become another's, whose token may be
 * newer. One per application.
 */
export class Messages {
  /** Beside the scope of calls, which is another's within work on somebody's behalf. */
  private readonly running = new AsyncLocalStorage<RunningCall>();
  private readonly answers = new WeakMap<object, RunningCall>();

  constructor(
    private readonly transport: CallHandling,
    private readonly scope: CallScope,
    private readonly isClosed: (client: object) => boolean,
  ) {}

  /** Has a client's messages keep their callers apart. */
  separate(client: object): void {
    carryEachMessage(client, () => {
      const call = this.running.getStore();
      return call?.args[0] === client ? call.carrier : undefined;
    });
  }

  /** Has a message handled. */
  handle<Answer>(client: object, handler: () => Answer): Answer {
    let isAnswered = false;
    const isOver = () => isAnswered && this.isClosed(client);
    const call: RunningCall = { transport: this.transport, args: [client], carrier: {}, isOver };
    const answer = this.within(call, handler);
    if (isRecord(answer)) this.answers.set(answer, call);
    // A client that leaves in time does not have the rest of a handler fail.
    const answered = () => (isAnswered = true);
    Promise.resolve(answer).then(answered, answered);
    return answer;
  }

  /** Runs what comes of the answer to a message; of one that is not known as such on behalf of the client. */
  goOn<Result>(client: object, answer: unknown, what: () => Result): Result {
    const call = isRecord(answer) ? this.answers.get(answer) : undefined;
    return call === undefined ? this.ofClient(client, what) : this.within(call, what);
  }

  /** Runs what belongs to no message: the client comes, or hears what others say. */
  ofClient<Result>(client: object, what: () => Result): Result {
    return this.runFor(client, () => this.isClosed(client), what);
  }

  /** Runs what belongs to the end of a client, whose caller is known until that has run. */
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
