import { AsyncLocalStorage } from 'node:async_hooks';
import type { HttpServer } from '@nestjs/common';

/** What we use of the two web frameworks. */
interface Fastify {
  addHook(name: 'preHandler', hook: (request: object, reply: object, done: () => void) => void): void;
}

/** A request and its response, as handlers get them. */
export interface Exchange {
  readonly request: object;
  readonly response: object;
}

/** Knows which request the running code belongs to. One per application. */
export class RequestScope {
  private readonly storage = new AsyncLocalStorage<Exchange>();

  /**
   * Makes every later request run in its scope. On Fastify in the last hook before the handler, since reading the body leaves the
   * scope of the earlier ones.
   */
  mount(adapter: Pick<HttpServer, 'getType' | 'getInstance'> & { use(...handlers: unknown[]): unknown }): void {
    const enter = (request: object, response: object, next: () => void) => this.storage.run({ request, response }, next);
    if (adapter.getType() === 'fastify') (adapter.getInstance() as Fastify).addHook('preHandler', enter);
    else adapter.use(enter);
  }

  /** The current request; `undefined` outside of any. */
  current(): Exchange | undefined {
    return this.storage.getStore();
  }
}
