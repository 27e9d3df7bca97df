import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { firstValueFrom, interval, lastValueFrom, startWith, Subject, Subscription, type Observable } from 'rxjs';
import { Authz, CurrentPrincipal, Public, RequirePermissions } from '../../../lib/index.js';
import {
  callerSeen,
  type CallResult,
  type HandlerName,
  type Held,
  type Outcome,
  type CallerSeen,
  type Way,
} from './behaviour-table.js';

/** What {@link Orders} handles. */
export const PATTERNS = ['read', 'remove', 'undecorated', 'open', 'numbers', 'echo'] as const;

/** The handlers of the behaviour table, for any transport of messages. */
@Controller()
export class Orders {
  constructor(private readonly authz: Authz) {}

  @MessagePattern('read')
  @RequirePermissions('orders:read')
  read(@CurrentPrincipal('subject') subject: string): CallerSeen {
    return callerSeen(this.authz, subject);
  }

  @MessagePattern('remove')
  @RequirePermissions('orders:delete')
  remove(): object {
    return {};
  }

  @MessagePattern('undecorated')
  undecorated(): object {
    return {};
  }

  @MessagePattern('open')
  @Public()
  open(@Payload() payload: unknown): object {
    return { payload };
  }

  @MessagePattern('numbers')
  @RequirePermissions('orders:read')
  numbers(): Observable<number> {
    return interval(20).pipe(startWith(0));
  }

  @MessagePattern('echo')
  @RequirePermissions('orders:read')
  echo(@Payload() payload: unknown, @Ctx() context: object): object {
    return { payload, context: context.constructor.name };
  }
}

const OUTCOMES: Readonly<Record<number, Outcome>> = {
  400: 'malformed',
  401: 'unauthenticated',
  403: 'forbidden',
  503: 'unavailable',
};

/** The result of a call that failed with an error of the client. */
export function refused(said: unknown): CallResult {
  const { statusCode } = (said ?? {}) as { statusCode?: number };
  return { outcome: OUTCOMES[statusCode ?? 0] ?? 'other', said };
}

/** Awaits the response to a message. */
export async function answerTo(message: Observable<unknown>): Promise<CallResult> {
  return lastValueFrom(message).then((said): CallResult => ({ outcome: 'allowed', said }), refused);
}

/** Holds a stream of values. */
export async function holdStream(values: Observable<unknown>): Promise<Held> {
  let received = 0;
  const first = new Subject<void>();
  const subscription = new Subscription();
  const begun = firstValueFrom(first);
  const ended = new Promise<CallResult>((resolve) => {
    subscription.add(
      values.subscribe({
        next: () => {
          received++;
          first.next();
        },
        error: (error: unknown) => {
          first.next();
          resolve(refused(error));
        },
        complete: () => resolve({ outcome: 'other', said: 'complete' }),
      }),
    );
  });
  await begun;
  return { ended, received: () => received, close: () => subscription.unsubscribe() };
}

/** Creates a message with a token for the client of a transport. */
export type Message = (token: string | undefined, payload?: unknown) => unknown;

/** The envelope of transports without headers. */
export const inEnvelope: Message = (token, payload = {}) =>
  token === undefined ? payload : { $authz: { authorization: `Bearer ${token}` }, data: payload };

/** Sends a message with a token. */
export type Send = (pattern: string, token: string | undefined) => Observable<unknown>;

/** How clients call the handlers. */
export function wayOf(send: Send): Pick<Way, 'call' | 'hold'> {
  return {
    call: (handler: HandlerName, token) => answerTo(send(handler, token)),
    hold: (token) => holdStream(send('numbers', token)),
  };
}
