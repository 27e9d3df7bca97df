import type { CallArguments } from '../../authorization/index.js';
import type { HttpRequest } from '../http/index.js';
import { isRecord } from '../../core/index.js';

/** A context that returns the HTTP request of its message, like the contexts of MCP servers. */
interface HttpBorne {
  getRawRequest(): unknown;
}

/**
 * Returns the HTTP request (of Node, Express or Fastify) of a message; `undefined` if its context has none. The token of the message is read from
 * this request, from the places in `tokenFrom`.
 */
export function httpRequestOf([, context]: CallArguments): HttpRequest | undefined {
  const request = isHttpBorne(context) ? context.getRawRequest() : undefined;
  return isRecord(request) && isRecord(request['headers']) ? (request as unknown as HttpRequest) : undefined;
}

function isHttpBorne(context: unknown): context is HttpBorne {
  return isRecord(context) && typeof context['getRawRequest'] === 'function';
}
