export { followRequests } from './follow-requests.js';
export { nodeRequestOf, requestFacts, type HttpRequest } from './http-request.js';
export { httpTransport, httpTransportReading } from './http-transport.js';
