import { Controller, HttpException } from '@nestjs/common';
import { MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { RequirePermissions } from 'nestjs-authz';
import { ProductsService } from './products.service.js';

/** What orders asks for over TCP. The caller's token comes with the message, so the catalog decides for itself here, too. */
@Controller()
export class StockController {
  constructor(private readonly products: ProductsService) {}

  @MessagePattern('stock.reserve')
  @RequirePermissions('products:stock:reserve')
  reserve(@Payload() { sku, quantity }: { readonly sku: string; readonly quantity: number }) {
    try {
      return this.products.reserve(sku, quantity);
    } catch (error) {
      if (error instanceof HttpException) throw new RpcException({ statusCode: error.getStatus(), message: error.message });
      throw error;
    }
  }
}
