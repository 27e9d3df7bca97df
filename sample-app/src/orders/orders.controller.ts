import { Body, Controller, Delete, Get, Param, ParseIntPipe, Post } from '@nestjs/common';
import { CurrentPrincipal, RequirePermissions, type Principal } from 'nestjs-authz';
import { OrdersService } from './orders.service.js';

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

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

  @Delete(':id')
  @RequirePermissions('orders:cancel')
  cancel(@Param('id', ParseIntPipe) id: number) {
    return this.orders.cancel(id);
  }
}
