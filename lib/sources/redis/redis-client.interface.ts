import type { EventEmitter } from 'node:events';

/** A connection to one server, as ioredis makes it. */
export interface RedisConnection extends EventEmitter {
  connect(): Promise<unknown>;
  disconnect(): void;
  subscribe(channel: string): Promise<unknown>;
  duplicate(override: { readonly lazyConnect: true; readonly retryStrategy: () => null }): RedisConnection;
}

/** The state of a client's connection. */
export interface RedisState extends EventEmitter {
  readonly status: string;
  connect(): Promise<unknown>;
}

/** A client of a Cluster. */
interface RedisNodes {
  /** The nodes known now. */
  nodes(): RedisConnection[];
}

/** A client from which further connections can be made. */
export type RedisRoot = RedisState & (RedisConnection | RedisNodes);

/** A client that reads a hash. */
interface RedisReader {
  hget(key: string, field: string): Promise<string | null>;
  hmget(key: string, ...fields: string[]): Promise<(string | null)[]>;
  /** A string if the client has `stringNumbers`. */
  hstrlen(key: string, field: string): Promise<number | string>;
}

/** What `redisMapping()` uses of the application's client: `Redis` (including Sentinel) or `Cluster` of ioredis. Needs no types of ioredis. */
export type RedisClient = RedisReader & RedisRoot;

/** What `publishMapping()` uses of the application's client. */
export interface RedisWriter {
  hset(key: string, ...fieldsAndValues: string[]): Promise<number>;
  publish(channel: string, message: string): Promise<number>;
}

/** An entry of a stream: its id, and its fields and values alternating. */
export type RedisStreamEntry = [id: string, fields: string[]];

/** A client that reads and writes a stream. */
interface RedisStreamClient {
  xrange(key: string, from: string, to: string, countToken: 'COUNT', count: number): Promise<RedisStreamEntry[]>;
  xadd(key: string, ...idFieldsAndValues: string[]): Promise<string | null>;
  /** A string if the client has `stringNumbers`. */
  xdel(key: string, ...ids: string[]): Promise<number | string>;
  set(key: string, value: string, pxToken: 'PX', milliseconds: number, nxToken: 'NX'): Promise<'OK' | null>;
  /** The server's clock: seconds since 1970, and microseconds. Strings if the client has `stringNumbers`. */
  time(): Promise<(number | string)[]>;
  publish(channel: string, message: string): Promise<number | string>;
}

/** What `redisRevocations()` uses of the application's client: `Redis` (including Sentinel) or `Cluster` of ioredis. */
export type RevocationRedisClient = RedisStreamClient & RedisRoot;
