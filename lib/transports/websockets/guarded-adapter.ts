import type { WebSocketAdapter, WsMessageHandler } from '@nestjs/common';
import type { CallScope } from '../../authorization/index.js';
import { Observable } from 'rxjs';
import { chooseProtocol } from './connections/bearer-protocol.js';
import type { GuardedServers } from './guarded-servers.js';
import type { Place } from './gateways/gateways.js';
import type { IoSocket } from './socket-io/io-socket.interface.js';
import { Messages } from './ws/messages.js';
import type { WsClient } from './ws/ws-client.interface.js';

type Client = WsClient | IoSocket;
type Callback = (...args: unknown[]) => unknown;
type Transform = Parameters<WebSocketAdapter['bindMessageHandlers']>[2];

/** Default for the maximum size of a message, in bytes. The default of ws is 100 MiB. */
const MAX_PAYLOAD_BYTES = 1_048_576;

/** The guarded methods of an adapter. */
export class GuardedAdapter {
  private readonly messages: Messages;

  constructor(
    private readonly adapter: WebSocketAdapter,
    private readonly servers: GuardedServers,
    scope: CallScope,
  ) {
    this.messages = new Messages(servers.transport, scope, (client) => servers.hasClosed(client as Client));
  }

  create(port: number, options: Readonly<Record<string, unknown>> = {}): unknown {
    const { path, namespace, handleProtocols } = options;
    const place: Place = { port, path, namespace };
    const server: unknown = this.adapter.create(port, {
      maxPayload: MAX_PAYLOAD_BYTES,
      ...options,
      handleProtocols: chooseProtocol(handleProtocols),
    });
    this.servers.add(server, place);
    return server;
  }

  bindClientConnect(server: unknown, callback: Callback): unknown {
    const guarded = this.servers.of(server);
    return this.adapter.bindClientConnect(server, (...args: unknown[]) =>
      guarded.enter(args, () => void this.messages.ofClient(args[0] as Client, () => callback(...args))),
    );
  }

  bindClientDisconnect(client: Client, callback: Callback): unknown {
    return this.adapter.bindClientDisconnect?.(client, (...args: unknown[]) =>
      this.messages.atEnd(client, () => callback(...args)),
    );
  }

  bindMessageHandlers(client: Client, handlers: WsMessageHandler[], transform: Transform): unknown {
    this.messages.separate(client);
    const scoped = handlers.map((handler) => {
      const callback: WsMessageHandler['callback'] = (...args: unknown[]) =>
        this.servers.serves(client) ? this.messages.handle(client, () => handler.callback(...args)) : Promise.resolve();
      return { ...handler, callback };
    });
    // The handler's `Observable` may start its work only when it is subscribed to.
    const transformed: Transform = (data) =>
      new Observable((subscriber) => this.messages.resume(client, data, () => transform(data).subscribe(subscriber)));
    return this.adapter.bindMessageHandlers(client, scoped, transformed);
  }

  close(server: unknown): unknown {
    this.servers.remove(server);
    return this.adapter.close(server);
  }
}
