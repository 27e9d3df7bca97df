import { Injectable, NotFoundException } from '@nestjs/common';
import { Subject } from 'rxjs';
import { CatalogClient, type CatalogProduct } from './catalog-client.js';

export interface NewOrder {
  readonly sku: string;
  readonly quantity: number;
  readonly orderedBy: string;
}

export interface Order extends NewOrder {
  readonly id: number;
  readonly status: 'open' | 'cancelled' | 'shipped';
}

@Injectable()
export class OrdersService {
  /** Emits every new or changed order. */
  readonly changes = new Subject<Order>();
  private readonly orders = new Map<number, Order>();
  private nextId = 1001;

  constructor(private readonly catalog: CatalogClient) {
    this.store({ sku: 'tea', quantity: 2, orderedBy: 'carl' });
    this.store({ sku: 'pot', quantity: 1, orderedBy: 'carl' });
  }

  list(): readonly Order[] {
    return [...this.orders.values()];
  }

  async findWithProduct(id: number): Promise<Order & { readonly product: CatalogProduct }> {
    const order = this.find(id);
    return { ...order, product: await this.catalog.product(order.sku) };
  }

  /** @throws ConflictException if the stock is too small. */
  async create(order: NewOrder): Promise<Order> {
    await this.catalog.reserve(order.sku, order.quantity);
    return this.store(order);
  }

  get(id: number): Order | undefined {
    return this.orders.get(id);
  }

  update(order: Order): Order {
    return this.keep(order);
  }

  cancel(id: number): Order {
    return this.keep({ ...this.find(id), status: 'cancelled' });
  }

  ship(id: number): Order {
    return this.keep({ ...this.find(id), status: 'shipped' });
  }

  private find(id: number): Order {
    const order = this.get(id);
    if (order === undefined) throw new NotFoundException(`There is no order ${id}`);
    return order;
  }

  private store(order: NewOrder): Order {
    return this.keep({ ...order, id: this.nextId++, status: 'open' });
  }

  private keep(order: Order): Order {
    this.orders.set(order.id, order);
    this.changes.next(order);
    return order;
  }
}
