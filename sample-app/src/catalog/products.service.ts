import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly stock: number;
}

@Injectable()
export class ProductsService {
  private readonly products = new Map<string, Product>(
    [
      { sku: 'tea', name: 'Assam tea', stock: 12 },
      { sku: 'pot', name: 'Cast-iron pot', stock: 9 },
    ].map((product) => [product.sku, product]),
  );

  names(): readonly string[] {
    return [...this.products.values()].map(({ name }) => name);
  }

  find(sku: string): Product {
    const product = this.products.get(sku);
    if (product === undefined) throw new NotFoundException(`There is no product ${sku}`);
    return product;
  }

  /** @throws ConflictException if the stock is too small. */
  reserve(sku: string, quantity: number): Product {
    const { stock } = this.find(sku);
    if (stock < quantity) throw new ConflictException(`Only ${stock} of ${sku} in stock`);
    return this.restock(sku, -quantity);
  }

  restock(sku: string, count: number): Product {
    const { stock, ...rest } = this.find(sku);
    const restocked = { ...rest, stock: stock + count };
    this.products.set(sku, restocked);
    return restocked;
  }
}
