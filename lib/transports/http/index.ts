export { nodeRequestOf, requestFacts, type HttpRequest } from './http-request.js';
export { http } from './transport-definition.js';
