import { Injectable } from '@nestjs/common';
import { RequirePermissions } from 'nestjs-authz';
import { HandleJob, type Job } from './jobs.transport.js';
import { OrdersService } from './orders.service.js';

@Injectable()
export class ShippingJobs {
  constructor(private readonly orders: OrdersService) {}

  @HandleJob('ship')
  @RequirePermissions('orders:ship')
  ship({ orderId }: Job) {
    return this.orders.ship(orderId);
  }
}
