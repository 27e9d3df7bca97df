import { Injectable } from '@nestjs/common';
import { AuthzConfigError } from '../../core/index.js';
import { CallScope } from './call-scope.js';
import type { CallArguments, Transport } from '../transports/transport.interface.js';
import { carrierOf } from './call-state.js';

/** Runs the handlers of a transport of the application's own. Inject it where the handlers are called. */
@Injectable()
export class CallRunner {
  /** @internal Created by Nest. */
  constructor(private readonly scope: CallScope) {}

  /**
   * Runs the handler of a call, so that `Authz` inside it, and inside whatever it calls, knows the caller. The guard of the handler decides about
   * the call. Once the returned promise has settled the call is over: what it has left running has no caller.
   *
   * @param transport The transport that was given to `AuthzModule`.
   * @param args The arguments of the handler, as the transport reads them.
   * @param handle Calls the handler with the same arguments.
   * @returns What the handler returns.
   * @example
   * await this.calls.run(jobs, [job], () => handler(job));
   */
  async run<Result>(transport: Transport, args: CallArguments, handle: () => Result | Promise<Result>): Promise<Result> {
    const carrier = carrierOf(transport, args);
    if (carrier === undefined)
      throw new AuthzConfigError(
        'AUTHZ_TRANSPORT_CARRIER',
        `"carrier" of the transport ${transport.name} must return an object for each call, got none. Return the object that lives as long as the call.`,
      );
    let isOver = false;
    try {
      return await this.scope.run({ transport, args, carrier, isOver: () => isOver }, handle);
    } finally {
      isOver = true;
    }
  }
}
