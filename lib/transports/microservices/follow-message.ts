import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { catchError, EMPTY, finalize, isObservable, of, throwError, type Observable } from 'rxjs';
import {
  askedTooLate,
  AuthzLogger,
  AuthzRefusedException,
  rememberNoCaller,
  rememberState,
  type CallArguments,
  type CallState,
  type RunningCall,
} from '../../authorization/index.js';
import { messageOf, type Principal } from '../../core/index.js';
import { isGrpcCall } from './grpc/grpc-call.js';
import { SilentRefusal, type AuthzRpcException } from './authz-rpc.exception.js';
import type { RunInScope } from './grpc/client-stream.interface.js';
import { endWithToken, type TokenWatch } from './end-with-token.js';
import { messageOfCall, type Message } from './message.js';
import { StreamedCall } from './grpc/streamed-call.js';
import { StreamedMessages } from './grpc/streamed-messages.js';

const logger = new AuthzLogger('Authz');

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
    const call: RunningCall = { transport, args, carrier: carrierWith(state), isOver: () => isOver };
    const run: RunInScope = (what) => scope.run(call, what);
    const handle = () => run(() => next.handle());
    const principal = this.isAnswered ? state?.principal : undefined;
    const [first] = args;
    if (isGrpcCall(first)) {
      // Nothing would tell its end any more. Nest waits for one value.
      if (hasEnded(first)) return of(undefined);
      followCall(args, end);
      return answerOfCall(args, message, run, principal, handle);
    }
    if (!isObservable(first)) return answerWithin(handle(), args, message, principal).pipe(finalize(end));
    const messages = new StreamedMessages((error) => refusalIn(error, args, message));
    args[0] = messages.input(first, run);
    return messages.answer(answerWithin(handle(), args, message, principal)).pipe(finalize(end));
  }
}

/** For handlers of messages. */
export const followMessage: NestInterceptor = new FollowMessage(true);
/** For handlers of events, which answer nobody: what they have begun is theirs to finish. */
export const followEvent: NestInterceptor = new FollowMessage(false);

/** A carrier of this handler's own: the message's context belongs to all handlers of an event, also to those that read no token. */
function carrierWith(state: CallState | undefined): object {
  const carrier = {};
  if (state === undefined) rememberNoCaller(carrier);
  else rememberState(carrier, state);
  return carrier;
}

/** Ends an answer of many values with the caller's token. */
function answerWithin(
  answer: Observable<unknown>,
  args: CallArguments,
  { transport }: Message,
  principal: Principal | undefined,
): Observable<unknown> {
  if (principal === undefined) return answer;
  const { open } = transport.tools;
  const token: TokenWatch = {
    endedBy: () => {
      const reason = open.reasonToEnd(principal);
      if (reason === undefined) return undefined;
      open.noteEnd(principal, reason);
      return transport.exception(args, reason, open.refusalFor(reason));
    },
    watch: (end) => {
      const call = open.watch(principal, (reason, refusal) => end(transport.exception(args, reason, refusal)));
      return () => call.release();
    },
  };
  const [, , call] = args;
  const isStream = isGrpcCall(call) && 'write' in call;
  // Not every Nest looks whether there is anybody left to answer.
  return isStream && hasEnded(call) ? EMPTY : endWithToken(answer, token, isStream);
}

/** Ends with the caller's token a call that the handler reads and writes itself, long after the handler has returned. */
function answerOfCall(
  args: unknown[],
  message: Message,
  run: RunInScope,
  principal: Principal | undefined,
  handle: () => Observable<unknown>,
): Observable<unknown> {
  const call = new StreamedCall(args, run, (error) => refusalIn(error, args, message));
  message.call = call;
  if (principal !== undefined) watchCall(args, message, call, principal);
  return handle().pipe(
    catchError((error: unknown) => {
      // What a handler makes of the end of its call is no fault of it, and Nest lets it end the process. Nest waits for one value.
      if (askedTooLate(error)) return of(undefined);
      if (error instanceof AuthzRefusedException) call.handle(error);
      if (!call.isEnded || error instanceof SilentRefusal) return throwError(() => error);
      logger.debug(`A handler of a gRPC call failed after the call was ended: ${messageOf(error)}`);
      return of(undefined);
    }),
  );
}

function watchCall(args: CallArguments, { transport }: Message, call: StreamedCall, principal: Principal): void {
  const given = args[0] as NodeJS.EventEmitter;
  const watched = transport.tools.open.watch(principal, (reason, refusal) =>
    call.end(transport.exception(args, reason, refusal)),
  );
  for (const end of ['finish', 'close', 'cancelled']) given.once(end, () => watched.release());
}

/** Returns the refusal of `runAs()` or `for()`, which do not know the call, as its client understands it; `undefined` for any other error. */
function refusalIn(error: unknown, args: CallArguments, { transport }: Message): AuthzRpcException | undefined {
  if (!(error instanceof AuthzRefusedException)) return undefined;
  return transport.exception(args, error.reason, transport.tools.open.refusalFor(error.reason));
}

/** Whether the client has left while the guards waited. No event of it comes any more that would end a watch. */
function hasEnded(call: object): boolean {
  const { cancelled, destroyed } = call as { cancelled?: boolean; destroyed?: boolean };
  return cancelled === true || destroyed === true;
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
