import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { EMPTY, finalize, isObservable, Observable } from 'rxjs';
import {
  isGrpcCall,
  rememberNobody,
  rememberState,
  type CallArguments,
  type CallScope,
  type CallState,
  type Exchange,
} from '../authorization/index.js';
import type { Principal } from '../core/index.js';
import { SilentRefusal } from './authz-rpc.exception.js';
import { endWithToken, type TokenWatch } from './end-with-token.js';
import { endGrpcCall } from './grpc-error.js';
import { messageOfCall, type Message } from './message.js';

/**
 * Makes the caller of a message known to whatever its handler calls, and has answers of many values end with the caller's token. Holds nothing
 * of any application: what it needs is on the message. Where no guard of ours has seen the call, as on a route, it does nothing.
 */
class FollowMessage implements NestInterceptor {
  constructor(private readonly isAnswered: boolean) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const args = context.getArgs<unknown[]>();
    const message = messageOfCall(args);
    if (message === undefined) return next.handle();
    message.isHandled = true;
    const { state, transport } = message;
    const { scope } = transport.tools;
    let isOver = false;
    // Not at once: what listens to the end, and `finally`, still belong to the call.
    const end = () => process.nextTick(() => (isOver = true));
    const exchange: Exchange = { transport, args, carrier: carrierWith(state), isOver: () => isOver };
    enterWithStream(args, scope, exchange);
    followCall(args, end);
    const answer = scope.run(exchange, () => next.handle());
    const principal = state?.principal;
    const bound = this.isAnswered && principal !== undefined ? ending(answer, args, message, principal) : answer;
    return isGrpcCall(args[0]) ? bound : bound.pipe(finalize(end));
  }
}

/** For handlers of messages. */
export const followMessage: NestInterceptor = new FollowMessage(true);
/** For handlers of events, which answer nobody: what they have begun is theirs to finish. */
export const followEvent: NestInterceptor = new FollowMessage(false);

/** A carrier of this handler's own: the message's context belongs to all handlers of an event, also to those that read no token. */
function carrierWith(state: CallState | undefined): object {
  const carrier = {};
  if (state === undefined) rememberNobody(carrier);
  else rememberState(carrier, state);
  return carrier;
}

function ending(
  answer: Observable<unknown>,
  args: CallArguments,
  { transport }: Message,
  principal: Principal,
): Observable<unknown> {
  const { open } = transport.tools;
  const token: TokenWatch = {
    endedBy: () => {
      const reason = open.reasonToEnd(principal);
      return reason && transport.exception(args, reason, open.answerTo(reason));
    },
    watch: (end) => {
      const call = open.watch(principal, (reason, refusal) => end(transport.exception(args, reason, refusal)));
      return () => call.release();
    },
  };
  const [first, , call] = args;
  if (isGrpcCall(first)) {
    if (!hasEnded(first)) endCallWithToken(args, first as unknown as NodeJS.EventEmitter, token);
    return answer;
  }
  const isStream = isGrpcCall(call) && 'write' in call;
  // Not every Nest looks whether there is anybody left to answer.
  return isStream && hasEnded(call) ? EMPTY : endWithToken(answer, token, isStream);
}

/** Whether the client has left while the guards waited. No event of it comes any more that would end a watch. */
function hasEnded(call: object): boolean {
  const { cancelled, destroyed } = call as { cancelled?: boolean; destroyed?: boolean };
  return cancelled === true || destroyed === true;
}

/** The handler reads and writes the call itself, long after it has returned. */
function endCallWithToken(args: CallArguments, call: NodeJS.EventEmitter, token: TokenWatch): void {
  const release = token.watch((error) => endGrpcCall(args, (error as unknown as { getError(): unknown }).getError()));
  for (const end of ['finish', 'close', 'cancelled']) call.once(end, release);
}

/** A call that its handler reads and writes itself is over once that has answered it, or the client has cancelled it. */
function followCall(args: unknown[], end: () => void): void {
  const [call, answer] = args;
  if (!isGrpcCall(call)) return;
  const events = call as unknown as NodeJS.EventEmitter;
  events.once('cancelled', end);
  if (typeof answer !== 'function') {
    for (const event of ['finish', 'close']) events.once(event, end);
    return;
  }
  // Its stream closes once the client has sent all, long before the answer.
  args[1] = (...given: unknown[]): void => {
    end();
    (answer as (...given: unknown[]) => void)(...given);
  };
}

/** What a client sends in a stream comes from the connection, outside of any call: the handler takes each value within the caller's. */
function enterWithStream(args: unknown[], scope: CallScope, exchange: Exchange): void {
  const [first] = args;
  if (isGrpcCall(first)) {
    const call = first as unknown as { emit(...event: unknown[]): boolean };
    const emit = call.emit.bind(call);
    call.emit = (...event) => silently(() => scope.run(exchange, () => emit(...event)));
    answerOnce(args);
  } else if (isObservable(first)) {
    const scoped = new Observable((subscriber) =>
      first.subscribe({
        next: (value) => scope.run(exchange, () => subscriber.next(value)),
        error: (error: unknown) => scope.run(exchange, () => subscriber.error(error)),
        complete: () => scope.run(exchange, () => subscriber.complete()),
      }),
    );
    // With which Nest has what came before the handler delivered.
    args[0] = Object.assign(scoped, { drainBuffer: (first as { drainBuffer?: () => void }).drainBuffer });
  }
}

/** A refusal in a listener has ended the call already, and nobody is there to catch it: thrown on, it would end the process. */
function silently(emit: () => boolean): boolean {
  try {
    return emit();
  } catch (error) {
    if (error instanceof SilentRefusal) return true;
    throw error;
  }
}

/** A handler that has been refused may go on and answer; to answer twice throws. */
function answerOnce(args: unknown[]): void {
  const [, answer] = args;
  if (typeof answer !== 'function') return;
  let isAnswered = false;
  args[1] = (...given: unknown[]): void => {
    if (isAnswered) return;
    isAnswered = true;
    (answer as (...given: unknown[]) => void)(...given);
  };
}
