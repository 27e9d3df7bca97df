import { Body, Controller, Delete, Get, Headers, HttpCode, Param, ParseIntPipe, Patch, Post } from '@nestjs/common';
import { Authz, CurrentPrincipal, CurrentResource, RequirePermissions, Resource, type Principal } from 'nestjs-authz';
import { JobQueue } from './job-queue.js';
import { OrderById } from './order-by-id.loader.js';
import { OrdersService, type Order } from './orders.service.js';

@Controller('orders')
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly queue: JobQueue,
    private readonly authz: Authz,
  ) {}

  @Get()
  @RequirePermissions('orders:read')
  list() {
    return this.orders.list();
  }

  /** Returns the order and its product. Calls the catalog on the caller's behalf, so the catalog makes its own decision. */
  @Get(':id')
  @RequirePermissions('orders:read')
  find(@Param('id', ParseIntPipe) id: number) {
    return this.orders.findWithProduct(id);
  }

  @Post()
  @RequirePermissions('orders:create')
  create(@Body('sku') sku: string, @Body('quantity', ParseIntPipe) quantity: number, @CurrentPrincipal() { subject }: Principal) {
    return this.orders.create({ sku, quantity, orderedBy: subject });
  }

  /** The guard decides about the stored order. The changed order must meet the condition, too. */
  @Patch(':id')
  @RequirePermissions('orders:update')
  @Resource(OrderById)
  update(@CurrentResource() order: Order, @Body('quantity', ParseIntPipe) quantity: number) {
    const changed = { ...order, quantity };
    this.authz.assert('orders:update', changed);
    return this.orders.update(changed);
  }

  /** Only queues the job. The guard checks `orders:ship` when the job runs. */
  @Post(':id/shipment')
  @HttpCode(202)
  @RequirePermissions('orders:read')
  ship(@Param('id', ParseIntPipe) orderId: number, @Headers('authorization') authorization: string) {
    this.queue.add({ orderId, authorization });
  }

  @Delete(':id')
  @RequirePermissions('orders:cancel')
  cancel(@Param('id', ParseIntPipe) id: number) {
    return this.orders.cancel(id);
  }
}
