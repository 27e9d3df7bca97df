import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { CallHandling, CallScope } from '../../authorization/index.js';
import { hasGraphql, type GraphqlApi } from './graphql-apis.js';
import { graphqlContext, graphqlSource } from './graphql-carrier.js';
import { isClosed } from './graphql-connection.js';

/**
 * Has whatever an operation on a socket calls belong to its caller: the handler, and of a subscription what filters and resolves its values
 * later. Over HTTP that is so from the request on. Decides nothing.
 */
class GraphqlScopeGuard implements CanActivate {
  constructor(
    private readonly scope: CallScope,
    private readonly transport: CallHandling,
  ) {}

  canActivate(context: ExecutionContext): true {
    if (context.getType<string>() !== 'graphql') return true;
    const args = context.getArgs();
    const source = graphqlSource(graphqlContext(args));
    if (source?.connection !== undefined)
      this.scope.enter({ transport: this.transport, args, carrier: source.carrier, isOver: () => isClosed(source) });
    return true;
  }
}

/**
 * Follows what operations on sockets call. Before every other guard: what is entered behind one that waits is left again with it.
 * @param config Before Nest adds the guards that modules provide.
 */
export function followGraphql(
  modules: Pick<ModulesContainer, 'values'>,
  config: Pick<ApplicationConfig, 'getGlobalGuards'>,
  scope: CallScope,
  transport: CallHandling,
): CallHandling {
  if (hasGraphql(modules)) config.getGlobalGuards().unshift(new GraphqlScopeGuard(scope, transport));
  return transport;
}

/** What we use of an application of Fastify with Mercurius. */
interface Mercurius {
  readonly graphql?: { addHook?(name: 'preSubscriptionExecution', hook: () => Promise<void>): void };
}

/**
 * Has what an operation on a socket enters end with it. Mercurius subscribes within the loop that reads messages, so the next message, and the
 * `connection_init` of somebody else, would be taken for the caller's; with a hook to wait for, it does so beside the loop.
 */
export function partFromMessages({ server }: GraphqlApi): void {
  (server() as Mercurius | undefined)?.graphql?.addHook?.('preSubscriptionExecution', () => Promise.resolve());
}
