import { Injectable, NotFoundException } from '@nestjs/common';
import { CatalogClient, type CatalogProduct } from './catalog-client.js';

export interface NewOrder {
  readonly sku: string;
  readonly quantity: number;
  readonly orderedBy: string;
}

export interface Order extends NewOrder {
  readonly id: number;
  readonly status: 'open' | 'cancelled';
}

@Injectable()
export class OrdersService {
  private readonly orders = new Map<number, Order>();
  private nextId = 1001;

  constructor(private readonly catalog: CatalogClient) {
    this.store({ sku: 'tea', quantity: 2, orderedBy: 'carl' });
    this.store({ sku: 'pot', quantity: 1, orderedBy: 'carl' });
  }

  list(): readonly Order[] {
    return [...this.orders.values()];
  }

  async findWithProduct(id: number, token: string): Promise<Order & { readonly product: CatalogProduct }> {
    const order = this.find(id);
    return { ...order, product: await this.catalog.product(order.sku, token) };
  }

  async create(order: NewOrder, token: string): Promise<Order> {
    await this.catalog.product(order.sku, token); // nobody orders what is not for sale
    return this.store(order);
  }

  cancel(id: number): Order {
    const cancelled: Order = { ...this.find(id), status: 'cancelled' };
    this.orders.set(id, cancelled);
    return cancelled;
  }

  private find(id: number): Order {
    const order = this.orders.get(id);
    if (order === undefined) throw new NotFoundException(`There is no order ${id}`);
    return order;
  }

  private store(order: NewOrder): Order {
    const stored: Order = { ...order, id: this.nextId++, status: 'open' };
    this.orders.set(stored.id, stored);
    return stored;
  }
}
