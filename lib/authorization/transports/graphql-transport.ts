import { credentials, headerValues } from '../../authentication/index.js';
import { AuthzRefusedException } from '../authz-refused.exception.js';
import type { CallArguments, Transport } from '../transport.interface.js';
import { graphqlCarrier } from './graphql-carrier.js';
import { rawHeadersOf, requestFacts, type HttpRequest } from './http-request.js';

/** GraphQL over HTTP: `[root, args, context, info]`. */
export const graphqlTransport: Transport = {
  credentials: (call, dpop) => credentials(rawHeadersOf(requestOf(call)), dpop),

  facts: (call) => requestFacts(requestOf(call)),

  header: (call, name) => headerValues(rawHeadersOf(requestOf(call)), name)[0],

  refuse(_call, reason, answer) {
    throw new AuthzRefusedException(reason, answer);
  },
};

function requestOf([, , context]: CallArguments): HttpRequest {
  return graphqlCarrier(context) as HttpRequest;
}
