import { AsyncResource } from 'node:async_hooks';
import type { ClientProxy } from '@nestjs/microservices';
import { connectable, defer, mergeMap, Subject, type Observable } from 'rxjs';
import type { Outbound, OutboundTarget } from '../../../outbound/index.js';
import { putFields } from './put-fields.js';

/** What is used of a client of Nest: not each of them is a ClientProxy to a strict compiler. */
export type MessageClient = Pick<ClientProxy, 'send' | 'emit'>;

/**
 * Sends messages with the token of a target beside them, where the transport of the client carries it. As Nest's own client: what `send` answers
 * is sent when it is subscribed to, `emit` sends at once.
 *
 * @example
 * const invoices = new AuthzClientProxy(client, outbound, 'invoices');
 * invoices.send('invoices.get', { id: 42 });
 */
export class AuthzClientProxy implements MessageClient {
  /**
   * @param client For any transport but gRPC, which has `grpcInterceptor()`.
   * @throws AuthzConfigError, at the first message, if there is no such target.
   */
  constructor(
    private readonly client: MessageClient,
    private readonly outbound: Pick<Outbound, 'headers'>,
    private readonly target: OutboundTarget,
  ) {}

  /** Sends a request. The answer fails with OutboundError where there is no token, and nothing is sent. @see ClientProxy.send */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as Nest has it
  send<Result = unknown, Input = unknown>(pattern: unknown, data: Input): Observable<Result> {
    return this.withFields(data, (carried) => this.client.send<Result>(pattern, carried));
  }

  /** Sends an event. What it answers fails with OutboundError where there is no token, and nothing is sent. @see ClientProxy.emit */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as Nest has it
  emit<Result = unknown, Input = unknown>(pattern: unknown, data: Input): Observable<Result> {
    const sent = connectable(
      this.withFields(data, (carried) => this.client.emit<Result>(pattern, carried)),
      { connector: () => new Subject<Result>(), resetOnDisconnect: false },
    );
    sent.connect();
    return sent;
  }

  private withFields<Result>(data: unknown, send: (carried: unknown) => Observable<Result>): Observable<Result> {
    // Nest's client refuses these; in an envelope they would be something.
    if (data === undefined || data === null) return send(data);
    // Whose message it is, is settled here and not where somebody subscribes, which may be in another call.
    const fields = AsyncResource.bind(() => this.outbound.headers(this.target));
    return defer(fields).pipe(mergeMap((known) => send(putFields(this.client, data, known))));
  }
}
