import type { EventEmitter } from 'node:events';

/** One connection to one server, as ioredis makes it. */
export interface RedisConnection extends EventEmitter {
  connect(): Promise<unknown>;
  disconnect(): void;
  subscribe(channel: string): Promise<unknown>;
  duplicate(override: { readonly lazyConnect: true; readonly retryStrategy: () => null }): RedisConnection;
}

/** A client that reads. */
interface RedisReader extends EventEmitter {
  readonly status: string;
  connect(): Promise<unknown>;
  hget(key: string, field: string): Promise<string | null>;
  hmget(key: string, ...fields: string[]): Promise<(string | null)[]>;
  /** A text where the client has `stringNumbers`. */
  hstrlen(key: string, field: string): Promise<number | string>;
}

/** Finds its way among many servers. */
interface RedisNodes {
  /** Those known at this time. */
  nodes(): RedisConnection[];
}

/** What is used of the application's client, so that its types are not needed: `Redis` (Sentinel included) or `Cluster` of ioredis. */
export type RedisClient = RedisReader & (RedisConnection | RedisNodes);

/** What publishing uses of the application's client. */
export interface RedisWriter {
  hset(key: string, ...fieldsAndValues: string[]): Promise<number>;
  publish(channel: string, message: string): Promise<number>;
}
