import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { CallHandling, CallScope } from '../../authorization/index.js';
import { hasGraphql, type GraphqlApi } from './graphql-apis.js';
import { graphqlContext, graphqlSource } from './graphql-carrier.js';
import { isClosed } from './graphql-connection.js';

/**
 * Runs the code of an operation on a socket in the scope of its caller: the handler, and for a subscription the code that later filters and resolves
 * its values. Over HTTP the request already has its scope. Decides nothing.
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
 * Binds the scope guard before every other guard: a scope that is entered after an asynchronous guard is lost when that guard returns.
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

/** The members of a Fastify application with Mercurius that we use. */
interface Mercurius {
  readonly graphql?: { addHook?(name: 'preSubscriptionExecution', hook: () => Promise<void>): void };
}

/**
 * Ends the scope of an operation with the operation. Mercurius subscribes inside the loop that reads messages, so the next message, or another
 * client's `connection_init`, would run in the same scope. With an asynchronous hook Mercurius subscribes outside of the loop.
 */
export function leaveMessageLoop({ server }: GraphqlApi): void {
  (server() as Mercurius | undefined)?.graphql?.addHook?.('preSubscriptionExecution', () => Promise.resolve());
}
