import { AsyncResource } from 'node:async_hooks';
import type { ClientProxy } from '@nestjs/microservices';
import { connectable, defer, mergeMap, Subject, type Observable } from 'rxjs';
import type { Outbound, OutboundTarget } from '../../../outbound/index.js';
import { putFields } from './put-fields.js';

/** The members that are used of Nest's client. Some of Nest's clients are not assignable to `ClientProxy` in strict mode. */
export type MessageClient = Pick<ClientProxy, 'send' | 'emit'>;

/**
 * Sends messages with the token of a target, in headers or an envelope. Like Nest's own client, `send` sends when the returned `Observable` is
 * subscribed to, and `emit` sends immediately.
 *
 * @example
 * const invoices = new AuthzClientProxy(client, outbound, 'invoices');
 * invoices.send('invoices.get', { id: 42 });
 */
export class AuthzClientProxy implements MessageClient {
  /**
   * @param client A client of any transport except gRPC, which has `grpcInterceptor()`.
   * @throws AuthzConfigError with the first message, if the target is not configured.
   */
  constructor(
    private readonly client: MessageClient,
    private readonly outbound: Pick<Outbound, 'headers'>,
    private readonly target: OutboundTarget,
  ) {}

  /** Sends a request. Without a token nothing is sent, and the response fails with OutboundError. @see ClientProxy.send */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- same signature as in Nest
  send<Result = unknown, Input = unknown>(pattern: unknown, data: Input): Observable<Result> {
    return this.withFields(data, (carried) => this.client.send<Result>(pattern, carried));
  }

  /** Sends an event. Without a token nothing is sent, and the returned `Observable` fails with OutboundError. @see ClientProxy.emit */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- same signature as in Nest
  emit<Result = unknown, Input = unknown>(pattern: unknown, data: Input): Observable<Result> {
    const sent = connectable(
      this.withFields(data, (carried) => this.client.emit<Result>(pattern, carried)),
      { connector: () => new Subject<Result>(), resetOnDisconnect: false },
    );
    sent.connect();
    return sent;
  }

  private withFields<Result>(data: unknown, send: (carried: unknown) => Observable<Result>): Observable<Result> {
    // Nest's client rejects these values; an envelope would hide them.
    if (data === undefined || data === null) return send(data);
    // Binds the message to the current caller: the `Observable` may be subscribed to in another call.
    const fields = AsyncResource.bind(() => this.outbound.headers(this.target));
    return defer(fields).pipe(mergeMap((known) => send(putFields(this.client, data, known))));
  }
}
