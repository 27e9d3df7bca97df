import { Injectable } from '@nestjs/common';
import type { ResourceCall, ResourceLoader } from 'nestjs-authz';
import { OrdersService, type Order } from './orders.service.js';

/** Loads the order of a call, for conditions of the mapping and for `@CurrentResource()`. */
@Injectable()
export class OrderById implements ResourceLoader<Order> {
  constructor(private readonly orders: OrdersService) {}

  /** Guards run before pipes, so the id is still what the client sent. */
  load({ params }: ResourceCall): Order | undefined {
    return this.orders.get(Number(params['id']));
  }
}
