import type { CallArguments } from '../../authorization/index.js';
import type { HttpRequest } from '../http/index.js';
import { isRecord } from '../../core/index.js';

/** A context that offers the HTTP request by which its message came, as those of MCP servers do. */
interface HttpBorne {
  getRawRequest(): unknown;
}

/**
 * Returns the HTTP request of Node, Express or Fastify by which a message came; `undefined` if its context offers none.
 * The message's token is that of this request, wherever `tokenFrom` says that requests have it.
 */
export function httpRequestOf([, context]: CallArguments): HttpRequest | undefined {
  const request = isHttpBorne(context) ? context.getRawRequest() : undefined;
  return isRecord(request) && isRecord(request['headers']) ? (request as unknown as HttpRequest) : undefined;
}

function isHttpBorne(context: unknown): context is HttpBorne {
  return isRecord(context) && typeof context['getRawRequest'] === 'function';
}
