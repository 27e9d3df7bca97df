import type { PermissionSet, Principal } from '../../core/index.js';
import type { CallArguments } from '../transports/transport.interface.js';

/** A call to a handler, for code that runs before it. Pipes have not run yet, so everything that the client sent is unchecked. */
export interface HandlerCall {
  /**
   * What the client named: the parameters in the path over HTTP (`{ id: '7' }`), the arguments of a GraphQL field, the payload of a message if it is
   * an object. Empty if there is none.
   */
  readonly params: Readonly<Record<string, unknown>>;
  /** The arguments of the execution context: `[request, response]` of HTTP. See {@link CallArguments}. */
  readonly args: CallArguments;
  readonly principal: Principal;
}

/** A call whose resource is loaded. */
export interface ResourceCall extends HandlerCall {
  /** The permissions of the caller; `undefined` while they are unavailable, on a handler that requires none or is in report mode. */
  readonly permissions: PermissionSet | undefined;
}

/**
 * Loads the resource that a call is about. An injectable class, listed among the providers of any module, for `@Resource()`.
 *
 * @example
 * @Injectable()
 * export class OrderById implements ResourceLoader<Order> {
 *   constructor(private readonly orders: Orders) {}
 *   load({ params }: ResourceCall) {
 *     return this.orders.find(String(params['id']));
 *   }
 * }
 */
export interface ResourceLoader<Loaded extends object = object> {
  /**
   * Returns the resource; `undefined` or `null` if there is none, which responds with 404, as does an exception of Nest with the status 400, 404, 410
   * or 422. If it throws anything else, returns anything but an object, or takes longer than `resourceTimeoutMs`, the response is 503.
   */
  load(call: ResourceCall): Loaded | null | undefined | Promise<Loaded | null | undefined>;
}

/**
 * Returns the resource from what the client sent, as `ResourceLoader.load()` does; a string, number or boolean responds with 404. The input is the request
 * over HTTP.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the type of the input depends on the transport; the function names it
export type ResourceFunction = (input: any, call: ResourceCall) => unknown;
