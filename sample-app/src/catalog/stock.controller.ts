import { Controller, HttpException } from '@nestjs/common';
import { MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { RequirePermissions } from 'nestjs-authz';
import { ProductsService } from './products.service.js';

/** Handles messages from orders over TCP. The message carries the caller's token, so the catalog makes its own decision. */
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
