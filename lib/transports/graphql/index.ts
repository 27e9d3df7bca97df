export { checkGraphql, guardGraphqlSchemas } from './check-graphql.js';
export { followGraphql } from './graphql-scope.guard.js';
export { GraphqlTransport } from './graphql-transport.js';
