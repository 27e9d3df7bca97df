import { AsyncLocalStorage } from 'node:async_hooks';
import type { HttpServer } from '@nestjs/common';
import type { Exchange } from './call-state.js';
import type { CallArguments } from './transport.interface.js';
import { followToEnd, isOver } from './transports/http-end.js';
import type { HttpResponse } from './transports/http-response.js';
import { httpTransport } from './transports/http-transport.js';

/** What we use of the two web frameworks. */
interface Fastify {
  addHook(name: 'preHandler', hook: (request: object, reply: HttpResponse, done: () => void) => void): void;
}

/** Knows which call the running code belongs to. One per application. */
export class CallScope {
  private readonly storage = new AsyncLocalStorage<Exchange>();

  /**
   * Makes every later HTTP request run in its scope. On Fastify in the last hook before the handler, since reading the body leaves the
   * scope of the earlier ones.
   */
  mount(adapter: Pick<HttpServer, 'getType' | 'getInstance'> & { use(...handlers: unknown[]): unknown }): void {
    const enter = (request: object, response: HttpResponse, next: () => void) =>
      this.storage.run(new HttpExchange(request, response), next);
    if (adapter.getType() === 'fastify') (adapter.getInstance() as Fastify).addHook('preHandler', enter);
    else adapter.use(enter);
  }

  /** Runs what belongs to a call. */
  run<Result>(exchange: Exchange, what: () => Result): Result {
    return this.storage.run(exchange, what);
  }

  /** Has what runs from here on belong to a call, where no function of ours encloses it. */
  enter(exchange: Exchange): void {
    this.storage.enterWith(exchange);
  }

  /** The current call; `undefined` outside of any. */
  current(): Exchange | undefined {
    return this.storage.getStore();
  }
}

/**
 * An HTTP call. Must be a class: if object literals survive a burst of requests, V8 allocates the next ones from the same line in the old
 * generation. Each of them then promotes its whole request, which cost 9 to 17 µs of garbage collection per request on Node 20.
 */
class HttpExchange implements Exchange {
  readonly transport = httpTransport;

  constructor(
    readonly carrier: object,
    private readonly response: HttpResponse,
  ) {
    followToEnd(response);
  }

  get args(): CallArguments {
    return [this.carrier, this.response];
  }

  isOver(): boolean {
    return isOver(this.response);
  }
}
