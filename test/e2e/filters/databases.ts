import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import initSqlJs from 'sql.js';
import { startMariadb } from '../../servers/mariadb.js';
import { startPostgres, type PostgresServer } from '../../servers/postgres.js';
import type { Order } from './orders.js';

/** A real database with the table of orders. */
export interface OrderDatabase {
  /** Adds orders. */
  insert(orders: readonly Order[]): Promise<void>;
  /** Returns the values of each row. */
  rows(text: string, parameters: readonly (string | number)[]): Promise<readonly (readonly unknown[])[]>;
  stop(): unknown;
}

const MEMBERS = [
  'id',
  'owner_id',
  'name',
  'label',
  'uid',
  'amount',
  'price',
  'number',
  'active',
  'created_at',
  'due_at',
] as const;

/** Returns the statement that adds orders, and its parameters. */
function insertion(
  orders: readonly Order[],
  valueOf: (order: Order, member: (typeof MEMBERS)[number]) => unknown,
  numbered: boolean,
) {
  const parameters = orders.flatMap((order) => MEMBERS.map((member) => valueOf(order, member)));
  let count = 0;
  const row = () => `(${MEMBERS.map(() => (numbered ? `$${++count}` : '?')).join(', ')})`;
  return { text: `INSERT INTO orders (${MEMBERS.join(', ')}) VALUES ${orders.map(row).join(', ')}`, parameters };
}

/** Returns microseconds since 1970 as text: `2026-03-01 10:15:30.123456`. */
function timeText(microseconds: number): string {
  const milliseconds = Math.floor(microseconds / 1000);
  const rest = String(microseconds - milliseconds * 1000).padStart(3, '0');
  return new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', rest);
}

/** @param columns The columns of strings. Default: with collations that often make differences. */
export async function postgresOrders(
  columns = 'owner_id text, name varchar(50) COLLATE "en-x-icu", label text COLLATE ignoring_case',
): Promise<OrderDatabase & { readonly connection: PostgresServer['connection'] }> {
  const server = await startPostgres();
  const client = new pg.Client(server.connection);
  client.on('error', () => undefined); // the server is stopped even if a test fails before it closes the client
  await client.connect();
  await client.query(`SET TIME ZONE 'Asia/Tokyo';
    CREATE COLLATION ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TABLE orders (id int PRIMARY KEY, ${columns}, uid uuid,
      amount double precision, price numeric(20, 4), number bigint, active boolean, created_at timestamptz, due_at bigint)`);
  const valueOf = (order: Order, member: (typeof MEMBERS)[number]) => {
    const value = order[member];
    if (member !== 'created_at' || value === null) return typeof value === 'bigint' ? String(value) : value;
    return Number.isFinite(value) ? `${timeText(value as number)}+00` : value === Infinity ? 'infinity' : '-infinity';
  };
  return {
    connection: server.connection,
    insert: async (orders) => {
      const { text, parameters } = insertion(orders, valueOf, true);
      await client.query(text, parameters);
    },
    rows: async (text, parameters) => {
      const { rows } = await client.query<unknown[]>({ text, values: [...parameters], rowMode: 'array' });
      return rows;
    },
    stop: async () => {
      await client.end();
      await server.stop();
    },
  };
}

export async function mariadbOrders(isPrepared: boolean): Promise<OrderDatabase> {
  const server = await startMariadb();
  const connection = await createConnection({ ...server.connection, rowsAsArray: true });
  await connection.query(`CREATE TABLE orders (id int PRIMARY KEY, owner_id varchar(50) COLLATE utf8mb4_bin, name varchar(50) COLLATE utf8mb4_unicode_ci,
    label text COLLATE utf8mb4_general_ci, uid char(36), amount double, price decimal(20, 4), number bigint, active tinyint(1), created_at datetime(6),
    due_at bigint) DEFAULT CHARSET utf8mb4`);
  const valueOf = (order: Order, member: (typeof MEMBERS)[number]) => {
    const value = order[member];
    if (typeof value === 'bigint') return String(value);
    // MariaDB has neither NaN nor infinities.
    if (typeof value === 'number' && !Number.isFinite(value)) return null;
    return member === 'created_at' && value !== null ? timeText(value as number) : value;
  };
  return {
    insert: async (orders) => {
      const { text, parameters } = insertion(orders, valueOf, false);
      await connection.query(text, parameters);
    },
    rows: async (text, parameters) => {
      const [rows] = await (isPrepared ? connection.execute(text, [...parameters]) : connection.query(text, [...parameters]));
      return rows as unknown[][];
    },
    stop: async () => {
      connection.destroy();
      await server.stop();
    },
  };
}

/** The engine itself, compiled to WebAssembly: no other package runs on all versions of Node without a compiler or a download. */
export async function sqliteOrders(): Promise<OrderDatabase> {
  const { Database } = await initSqlJs();
  const database = new Database();
  database.run(`CREATE TABLE orders (id INTEGER PRIMARY KEY, owner_id TEXT, name VARCHAR(50) COLLATE NOCASE, label COLLATE RTRIM, uid TEXT, amount REAL,
    price NUMERIC, number INTEGER, active BOOLEAN, created_at TEXT, due_at INTEGER)`);
  const valueOf = (order: Order, member: (typeof MEMBERS)[number]) => {
    const value = order[member];
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'boolean') return Number(value);
    if (member === 'price' && value !== null) return Number(value);
    if (member !== 'created_at' || value === null) return value;
    return Number.isFinite(value) ? new Date(Math.floor((value as number) / 1000)).toISOString() : 'infinity';
  };
  return {
    insert: (orders) => {
      const { text, parameters } = insertion(orders, valueOf, false);
      database.run(text, parameters as string[]);
      return Promise.resolve();
    },
    // A fault of the statement is a rejection, as with the other drivers.
    rows: async (text, parameters) => Promise.resolve(database.exec(text, [...parameters])[0]?.values ?? []),
    stop: () => database.close(),
  };
}
