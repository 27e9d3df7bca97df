import { type OnModuleInit } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection, type OnGatewayDisconnect } from '@nestjs/websockets';
import { Authz, RequirePermissions } from 'nestjs-authz';
import type { WebSocket } from 'ws';
import { OrdersService } from './orders.service.js';

/** Pushes every order to clients that may read orders. The guard checks when a client connects, and closes the socket when the token expires. */
@WebSocketGateway({ path: '/live/orders' })
@RequirePermissions('orders:read')
export class LiveGateway implements OnModuleInit, OnGatewayConnection<WebSocket>, OnGatewayDisconnect<WebSocket> {
  private readonly clients = new Set<WebSocket>();

  constructor(
    private readonly orders: OrdersService,
    private readonly authz: Authz,
  ) {}

  onModuleInit(): void {
    this.orders.changes.subscribe((order) => {
      for (const client of this.clients) client.send(message('order', order));
    });
  }

  handleConnection(client: WebSocket): void {
    this.clients.add(client);
    client.send(message('orders', { you: this.authz.principal()?.subject, orders: this.orders.list() }));
  }

  handleDisconnect(client: WebSocket): void {
    this.clients.delete(client);
  }
}

function message(event: string, data: object): string {
  return JSON.stringify({ event, data });
}
