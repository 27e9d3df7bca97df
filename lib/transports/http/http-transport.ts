import { BY_DEFAULT, headerOf, type TokenSources } from '../../authentication/index.js';
import { AuthzRefusedException, type CallHandling } from '../../authorization/index.js';
import { nodeRequestOf, requestFacts, type HttpRequest } from './http-request.js';
import { endInsteadOfSending, endWithToken, type HttpResponse } from './http-response.js';

/** The kind of handlers with `@Sse()`: they respond with server-sent events. */
export const EVENT_STREAM = 'event stream';

/** HTTP on Express and Fastify; reads the token from the given sources. */
export function httpTransportReading(sources: TokenSources): CallHandling {
  return { ...httpTransport, credentials: ([request], dpop) => sources.read(request as HttpRequest, dpop) };
}

/** HTTP on Express and Fastify: `[request, response]`. */
export const httpTransport: CallHandling = {
  /** Some packages call handlers without setting the context type. Without a response there is no way to respond. */
  carrier: ([request, response]) => (isObject(response) && isObject(request) ? request : undefined),

  credentials: ([request], dpop) => BY_DEFAULT.read(request as HttpRequest, dpop),

  facts: ([request]) => requestFacts(request as HttpRequest),

  header: ([request], name) => headerOf(request as HttpRequest, name)[0],

  params: ([request]) => (request as HttpRequest).params ?? {},

  /** Returns the request of Node. On Fastify it differs from the framework's request; a message may arrive with it (MCP) and shares its proof. */
  holder: ([request]) => nodeRequestOf(request as HttpRequest),

  /**
   * Sets the headers on the response, since an exception filter of the application writes only a body. If middleware has already started the
   * response, headers can no longer be sent.
   */
  refuse([, given], reason, answer) {
    const response = given as HttpResponse;
    if ((response.raw ?? response).headersSent) endInsteadOfSending(response);
    else for (const [name, value] of Object.entries(answer.headers)) response.header(name, value);
    throw new AuthzRefusedException(reason, answer);
  },

  identify([request], principal) {
    (request as HttpRequest).user = principal;
  },

  admit({ args: [, response], rule }, { principal }, open) {
    const { kind, isControlPlane: outlivesRevocation = false } = rule;
    endWithToken(response as HttpResponse, { principal, open, isEventStream: kind === EVENT_STREAM, outlivesRevocation });
  },
};

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
