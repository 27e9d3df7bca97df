import { Body, Controller, Delete, Get, Param, ParseIntPipe, Post } from '@nestjs/common';
import { AccessToken, CurrentPrincipal, RequirePermissions, type Principal } from 'nestjs-authz';
import { OrdersService } from './orders.service.js';

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Get()
  @RequirePermissions('orders:read')
  list() {
    return this.orders.list();
  }

  /** The order and, from the catalog, its product: asked for with the caller's own token, so the catalog decides for itself. */
  @Get(':id')
  @RequirePermissions('orders:read')
  find(@Param('id', ParseIntPipe) id: number, @AccessToken() token: string) {
    return this.orders.findWithProduct(id, token);
  }

  @Post()
  @RequirePermissions('orders:create')
  create(
    @Body('sku') sku: string,
    @Body('quantity', ParseIntPipe) quantity: number,
    @CurrentPrincipal() { subject }: Principal,
    @AccessToken() token: string,
  ) {
    return this.orders.create({ sku, quantity, orderedBy: subject }, token);
  }

  @Delete(':id')
  @RequirePermissions('orders:cancel')
  cancel(@Param('id', ParseIntPipe) id: number) {
    return this.orders.cancel(id);
  }
}
