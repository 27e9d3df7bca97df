import { PGlite } from '@electric-sql/pglite';
import { Injectable, NotFoundException } from '@nestjs/common';
import { Authz } from 'nestjs-authz';
import { toSql, type SqlFilterOptions } from 'nestjs-authz/sql';

export interface Invoice {
  readonly number: number;
  /** Present only for callers with the permission `invoices:customer:read`. */
  readonly customer?: string;
  readonly amountCents: number;
  readonly paid: boolean;
  /** Name of the user who issued the invoice. */
  readonly issuedBy: string;
}

/** The column of each attribute that conditions of the mapping may test. */
const FILTER: SqlFilterOptions = {
  dialect: 'postgres',
  columns: { issuerLogin: { column: ['invoices', 'issued_by'], type: 'string' } },
};

const SELECT = `
  SELECT number, customer, amount_cents AS "amountCents", paid, users.name AS "issuedBy"
  FROM invoices JOIN users ON users.login = issued_by`;

@Injectable()
export class InvoicesService {
  constructor(
    private readonly database: PGlite,
    private readonly authz: Authz,
  ) {}

  /** Returns the invoices that the caller may see: the mapping's condition becomes part of the query. */
  async list(): Promise<readonly Invoice[]> {
    const { text, parameters } = toSql(this.authz.filter('invoices:read'), FILTER);
    const { rows } = await this.database.query<Invoice>(`${SELECT} WHERE ${text} ORDER BY number`, parameters);
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
