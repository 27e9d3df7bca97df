import type { RefusalReason } from '../core/index.js';
import { AuthzRefusedException } from './authz-refused.exception.js';
import type { RefusalDetails } from './refusal.js';

/** What Express and Fastify call alike. */
interface HttpResponse {
  header(name: string, value: string): unknown;
}

/**
 * Ends a request: puts the challenge on the response and throws. On the response, since an exception filter of the application's own
 * writes a body but would not know these headers.
 *
 * @param response The framework's response; `undefined` outside of HTTP.
 */
export function refuse(response: unknown, reason: RefusalReason, details?: RefusalDetails): never {
  const exception = new AuthzRefusedException(reason, details);
  if (response !== undefined)
    for (const [name, value] of Object.entries(exception.headers)) (response as HttpResponse).header(name, value);
  throw exception;
}
