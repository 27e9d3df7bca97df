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
 * Runs the handler of a message in a scope with the caller, and ends responses of several values with the caller's token. Keeps no state of an
 * application: all of it is on the message. Does nothing if no guard of this module ran, as on a route.
 */
class FollowMessage implements NestInterceptor {
  constructor(private readonly sendsResponse: boolean) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const args = context.getArgs<unknown[]>();
    const message = messageOfCall(args);
    if (message === undefined) return next.handle();
    message.isHandled = true;
    const { state, transport } = message;
    const { scope } = transport.tools;
    let isOver = false;
    // Deferred: listeners for the end and `finally` blocks still belong to the call.
    const end = () => process.nextTick(() => (isOver = true));
    const call: RunningCall = { transport, args, carrier: carrierWith(state), isOver: () => isOver };
    const run: RunInScope = (what) => scope.run(call, what);
    const handle = () => run(() => next.handle());
    const principal = this.sendsResponse ? state?.principal : undefined;
    const [first] = args;
    if (isGrpcCall(first)) {
      // No event would report the end of the call any more. Nest expects one value.
      if (hasEnded(first)) return of(undefined);
      followCall(args, end);
      return responseOfCall(args, message, run, principal, handle);
    }
    if (!isObservable(first)) return responseWithin(handle(), args, message, principal).pipe(finalize(end));
    const messages = new StreamedMessages((error) => refusalIn(error, args, message));
    args[0] = messages.input(first, run);
    return messages.response(responseWithin(handle(), args, message, principal)).pipe(finalize(end));
  }
}

/** Interceptor for message handlers. */
export const followMessage: NestInterceptor = new FollowMessage(true);
/** Interceptor for event handlers, which send no response: work that they started continues after the token has expired. */
export const followEvent: NestInterceptor = new FollowMessage(false);

/** Returns a carrier for this handler only: the message's context belongs to all handlers of an event, including those that read no token. */
function carrierWith(state: CallState | undefined): object {
  const carrier = {};
  if (state === undefined) rememberNoCaller(carrier);
  else rememberState(carrier, state);
  return carrier;
}

/** Ends a response of several values with the caller's token. */
function responseWithin(
  response: Observable<unknown>,
  args: CallArguments,
  { transport }: Message,
  principal: Principal | undefined,
): Observable<unknown> {
  if (principal === undefined) return response;
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
  // Some versions of Nest do not check whether the client is still connected.
  return isStream && hasEnded(call) ? EMPTY : endWithToken(response, token, isStream);
}

/** Ends a call that the handler reads and writes itself with the caller's token, long after the handler has returned. */
function responseOfCall(
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
      // Ignores errors that the end of the call causes in the handler: Nest would let them end the process. Nest expects one value.
      if (askedTooLate(error)) return of(undefined);
      if (error instanceof AuthzRefusedException) call.handle(error);
      if (!call.isEnded || error instanceof SilentRefusal) return throwError(() => error);
      logger.debug(`The handler of a gRPC call failed after the call had ended: ${messageOf(error)}`);
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

/** Returns a refusal of `runAs()` or `for()`, which do not know the call, in the form for its client; `undefined` for any other error. */
function refusalIn(error: unknown, args: CallArguments, { transport }: Message): AuthzRpcException | undefined {
  if (!(error instanceof AuthzRefusedException)) return undefined;
  return transport.exception(args, error.reason, transport.tools.open.refusalFor(error.reason));
}

/** Returns whether the client disconnected before the handler was reached. No event would end a watch then. */
function hasEnded(call: object): boolean {
  const { cancelled, destroyed } = call as { cancelled?: boolean; destroyed?: boolean };
  return cancelled === true || destroyed === true;
}

/** Follows a call that its handler reads and writes itself: it is over once the handler has responded, or the client has cancelled the call. */
function followCall(args: unknown[], end: () => void): void {
  const [call, respond] = args;
  if (!isGrpcCall(call)) return;
  const events = call as unknown as NodeJS.EventEmitter;
  events.once('cancelled', end);
  if (typeof respond !== 'function') {
    for (const event of ['finish', 'close']) events.once(event, end);
    return;
  }
  // The stream of such a call closes when the client has sent everything, long before the response.
  args[1] = (...given: unknown[]): void => {
    end();
    (respond as (...given: unknown[]) => void)(...given);
  };
}
