// Names and modules that documents use without a declaration, because their text says what they are. Blocks that are whole files may use
// the modules only.

// The reader's values.
declare const issuer: string;
declare const audience: string;
declare const mapping: import('nestjs-authz').MappingDocument;
declare const app: import('@nestjs/common').INestApplication;
declare const client: import('ioredis').Redis;
declare const pool: import('pg').Pool;
declare const publicJwk: import('nestjs-authz/http-bundle').Jwk;
declare const token: string;
declare function freshToken(): Promise<string>;

// What Nest injects.
declare const authz: import('nestjs-authz').Authz;
declare const outbound: import('nestjs-authz/outbound').Outbound;
declare const principal: import('nestjs-authz').Principal;
declare const revocations: import('nestjs-authz').Revocations;

// The reader's own modules.
declare module '*/app.module.js' {
  export class AppModule {}
}
declare module '*/order.js' {
  export class Order {
    readonly id: string;
  }
}
declare module '*/orders.js' {
  import type { Order } from 'orders/order.js';
  export interface FindOrder {
    readonly id: string;
  }
  export class Orders {
    all(): Promise<readonly Order[]>;
    find(id: string, customer: string): Promise<Order>;
    remove(id: string): Promise<boolean>;
    margin(order: Order): number;
    changesFor(customer: string): AsyncIterable<Order>;
    close(): Promise<void>;
    ship(id: string): Promise<void>;
  }
}
declare module '*/database.js' {
  export class Database {
    permissionsOf(roles: readonly string[], tenant?: string): Promise<readonly string[]>;
  }
}
declare module '*/stream.js' {
  import type { FeedAnswer, RevocationFeed } from 'nestjs-authz/revocation-feed';
  export const stream: {
    after(cursor: string | undefined, signal: AbortSignal): Promise<Pick<FeedAnswer, 'entries' | 'cursor' | 'hasMore'>>;
    append: NonNullable<RevocationFeed['publish']>;
    subscribe(onNews: () => void): () => void;
  };
}
declare module '*/users.module.js' {
  export class UsersModule {}
}
declare module '*/users.service.js' {
  export class UsersService {
    rolesOf(id: number): Promise<readonly string[]>;
  }
}

// Packages that are not installed here.
declare module '@nestjs/cache-manager' {
  import type { ExecutionContext } from '@nestjs/common';
  export class CacheInterceptor {
    protected trackBy(context: ExecutionContext): string | undefined;
  }
}
