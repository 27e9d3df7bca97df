import { ExternalContextCreator } from '@nestjs/core';
import { GuardsContextCreator } from '@nestjs/core/guards/guards-context-creator.js';
import { RouterExecutionContext } from '@nestjs/core/router/router-execution-context.js';
import { followGuards, followHandlers } from '../requirements/handler-places.js';

/** Follows the handlers of routes, and those that GraphQL and third-party packages set up through `ExternalContextCreator`. */
export function followNest(): void {
  followGuards(GuardsContextCreator);
  followHandlers(RouterExecutionContext, 2);
  // Guards may be switched off: GraphQLModule does so for fields, unless its option fieldResolverEnhancers lists guards.
  followHandlers(ExternalContextCreator, 2, {
    hasGuards: ([, , , , , , , options]) => (options as { readonly guards?: boolean } | undefined)?.guards !== false,
  });
}
