import { AsyncLocalStorage } from 'node:async_hooks';
import type { HttpServer } from '@nestjs/common';

/** What we use of the two web frameworks. */
interface Fastify {
  addHook(name: 'preHandler', hook: (request: object, reply: unknown, done: () => void) => void): void;
}

/** Knows which request the running code belongs to. One per application. */
export class RequestScope {
  private readonly storage = new AsyncLocalStorage<object>();

  /**
   * Makes every later request run in its scope. On Fastify in the last hook before the handler, since reading the body leaves the
   * scope of the earlier ones.
   */
  mount(adapter: Pick<HttpServer, 'getType' | 'getInstance'> & { use(...handlers: unknown[]): unknown }): void {
    if (adapter.getType() === 'fastify')
      (adapter.getInstance() as Fastify).addHook('preHandler', (request, _reply, done) => this.storage.run(request, done));
    else adapter.use((request: object, _response: unknown, next: () => void) => this.storage.run(request, next));
  }

  /** The request as handlers get it; `undefined` outside of any. */
  current(): object | undefined {
    return this.storage.getStore();
  }
}
