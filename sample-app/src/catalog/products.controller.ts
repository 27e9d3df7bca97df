import { Body, Controller, Get, Param, ParseIntPipe, Put } from '@nestjs/common';
import { AuthzMode, Public, RequirePermissions } from 'nestjs-authz';
import { ProductsService } from './products.service.js';

@Controller('products')
export class ProductsController {
  constructor(private readonly products: ProductsService) {}

  @Get()
  @Public()
  list() {
    return this.products.names();
  }

  @Get(':sku')
  @RequirePermissions('products:read')
  find(@Param('sku') sku: string) {
    return this.products.find(sku);
  }

  @Get(':sku/stock')
  @RequirePermissions('products:stock:read')
  @AuthzMode('report') // a new requirement: refuses no request yet, and logs the ones that it would refuse
  stock(@Param('sku') sku: string) {
    return this.products.find(sku).stock;
  }

  @Put(':sku/stock')
  @RequirePermissions('products:stock:write')
  restock(@Param('sku') sku: string, @Body('count', ParseIntPipe) count: number) {
    return this.products.restock(sku, count);
  }
}
