import type { WebSocketAdapter, WsMessageHandler } from '@nestjs/common';
import type { CallScope } from '../authorization/index.js';
import { Observable } from 'rxjs';
import { chooseProtocol } from './bearer-protocol.js';
import type { Doors } from './doors.js';
import type { Place } from './gateways.js';

type Callback = (...args: unknown[]) => unknown;
type Transform = Parameters<WebSocketAdapter['bindMessageHandlers']>[2];

/** What a server may be sent at once unless the gateway says otherwise, in bytes; that of ws itself is 100 MiB. */
const MAX_PAYLOAD_BYTES = 1_048_576;

/** What is guarded of an adapter; all else is its own. */
export class GuardedAdapter {
  constructor(
    private readonly adapter: WebSocketAdapter,
    private readonly doors: Doors,
    private readonly scope: CallScope,
  ) {}

  create(port: number, options: Readonly<Record<string, unknown>> = {}): unknown {
    const { path, namespace, handleProtocols } = options;
    const place: Place = { port, path, namespace };
    const server: unknown = this.adapter.create(port, {
      maxPayload: MAX_PAYLOAD_BYTES,
      ...options,
      handleProtocols: chooseProtocol(handleProtocols),
    });
    this.doors.add(server, place);
    return server;
  }

  bindClientConnect(server: unknown, callback: Callback): unknown {
    const door = this.doors.of(server);
    return this.adapter.bindClientConnect(server, (...args: unknown[]) =>
      door.enter(args, () => void this.within(args[0], () => callback(...args))),
    );
  }

  bindClientDisconnect(client: unknown, callback: Callback): unknown {
    return this.adapter.bindClientDisconnect?.(client, (...args: unknown[]) => this.within(client, () => callback(...args)));
  }

  bindMessageHandlers(client: unknown, handlers: WsMessageHandler[], transform: Transform): unknown {
    const scoped = handlers.map((handler) => {
      const callback: WsMessageHandler['callback'] = (...args: unknown[]) => this.within(client, () => handler.callback(...args));
      return { ...handler, callback };
    });
    // What a handler answers with may begin to work only when it is subscribed to.
    const transformed: Transform = (data) =>
      new Observable((subscriber) => this.within(client, () => transform(data).subscribe(subscriber)));
    return this.adapter.bindMessageHandlers(client, scoped, transformed);
  }

  close(server: unknown): unknown {
    this.doors.remove(server);
    return this.adapter.close(server);
  }

  private within<Result>(client: unknown, what: () => Result): Result {
    return this.scope.run({ transport: this.doors.transport, args: [client], carrier: client as object }, what);
  }
}
