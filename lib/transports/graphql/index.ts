export { graphql } from './transport-definition.js';
