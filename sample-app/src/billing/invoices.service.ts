import { PGlite } from '@electric-sql/pglite';
import { Injectable, NotFoundException } from '@nestjs/common';
import { Authz } from 'nestjs-authz';

export interface Invoice {
  readonly number: number;
  /** Present only for callers with the permission `invoices:customer:read`. */
  readonly customer?: string;
  readonly amountCents: number;
  readonly paid: boolean;
  /** Name of the user who issued the invoice. */
  readonly issuedBy: string;
}

const SELECT = `
  SELECT number, customer, amount_cents AS "amountCents", paid, users.name AS "issuedBy"
  FROM invoices JOIN users ON users.login = issued_by`;

@Injectable()
export class InvoicesService {
  constructor(
    private readonly database: PGlite,
    private readonly authz: Authz,
  ) {}

  async list(): Promise<readonly Invoice[]> {
    const { rows } = await this.database.query<Invoice>(`${SELECT} ORDER BY number`);
    return rows.map((invoice) => this.forCaller(invoice));
  }

  async settle(number: number): Promise<Invoice> {
    await this.database.query('UPDATE invoices SET paid = true WHERE number = $1', [number]);
    const { rows } = await this.database.query<Invoice>(`${SELECT} WHERE number = $1`, [number]);
    const [invoice] = rows;
    if (invoice === undefined) throw new NotFoundException(`There is no invoice ${number}`);
    return this.forCaller(invoice);
  }

  /** Checks a permission for a part of the response, where a decorator on the route would be too coarse. */
  private forCaller({ customer, ...rest }: Invoice): Invoice {
    return customer !== undefined && this.authz.can('invoices:customer:read') ? { ...rest, customer } : rest;
  }
}
