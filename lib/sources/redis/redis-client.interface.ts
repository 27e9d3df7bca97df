import type { EventEmitter } from 'node:events';

/** One connection to one server, as ioredis makes it. */
export interface RedisConnection extends EventEmitter {
  connect(): Promise<unknown>;
  disconnect(): void;
  subscribe(channel: string): Promise<unknown>;
  duplicate(override: { readonly lazyConnect: true; readonly retryStrategy: () => null }): RedisConnection;
}

/** Whether a client is connected. */
export interface RedisState extends EventEmitter {
  readonly status: string;
  connect(): Promise<unknown>;
}

/** Finds its way among many servers. */
interface RedisNodes {
  /** Those known at this time. */
  nodes(): RedisConnection[];
}

/** A client that connections of their own can be made from. */
export type RedisRoot = RedisState & (RedisConnection | RedisNodes);

/** A client that reads a hash. */
interface RedisReader {
  hget(key: string, field: string): Promise<string | null>;
  hmget(key: string, ...fields: string[]): Promise<(string | null)[]>;
  /** A text where the client has `stringNumbers`. */
  hstrlen(key: string, field: string): Promise<number | string>;
}

/** What is used of the application's client, so that its types are not needed: `Redis` (Sentinel included) or `Cluster` of ioredis. */
export type RedisClient = RedisReader & RedisRoot;

/** What publishing uses of the application's client. */
export interface RedisWriter {
  hset(key: string, ...fieldsAndValues: string[]): Promise<number>;
  publish(channel: string, message: string): Promise<number>;
}

/** An entry of a stream: its id, then its fields and their values in turn. */
export type RedisStreamEntry = [id: string, fields: string[]];

/** A client that reads a stream and writes it. */
interface RedisStreamClient {
  xrange(key: string, from: string, to: string, countToken: 'COUNT', count: number): Promise<RedisStreamEntry[]>;
  xadd(key: string, ...idFieldsAndValues: string[]): Promise<string | null>;
  /** A text where the client has `stringNumbers`. */
  xdel(key: string, ...ids: string[]): Promise<number | string>;
  set(key: string, value: string, pxToken: 'PX', milliseconds: number, nxToken: 'NX'): Promise<'OK' | null>;
  /** The server's clock: seconds since 1970, and microseconds. Strings where the client has `stringNumbers`. */
  time(): Promise<(number | string)[]>;
  publish(channel: string, message: string): Promise<number | string>;
}

/** What carrying revocations uses of the application's client: `Redis` (Sentinel included) or `Cluster` of ioredis. */
export type RevocationRedisClient = RedisStreamClient & RedisRoot;
