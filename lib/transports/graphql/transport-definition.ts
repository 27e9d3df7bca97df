import type { TransportDefinition } from '../../authorization/index.js';
import { checkGraphql, guardGraphqlSchemas } from './check-graphql.js';
import { FIELD, REFERENCE, TYPE } from './graphql-apis.js';
import { followGraphql } from './graphql-scope.guard.js';
import { GraphqlTransport } from './graphql-transport.js';

/** GraphQL operations of Apollo and Mercurius: queries, mutations, subscriptions, and their fields. */
export const graphql: TransportDefinition = {
  type: 'graphql',
  name: 'GraphQL',
  handlerKinds: [
    { kind: 'operation', metadata: TYPE, plural: 'GraphQL operations' },
    // Looks up an entity of a federation.
    { kind: 'operation', metadata: REFERENCE, plural: 'GraphQL operations' },
    { kind: 'field', metadata: FIELD, isPartOfCall: true },
  ],
  open: ({ modules, config, scope, sources, refusals }) =>
    followGraphql(modules, config, scope, new GraphqlTransport(sources, refusals)),
  check: ({ modules, rules }) => checkGraphql(modules, rules),
  checkServed: guardGraphqlSchemas,
};
