import type { RefusalReason } from '../core/index.js';
import { AuthzRefusedException } from './authz-refused.exception.js';
import { refusal, type ChallengeSettings, type RefusalDetails } from './refusal.js';

/** What Express and Fastify call alike. */
interface HttpResponse {
  header(name: string, value: string): unknown;
}

/** Refuses requests of one service, with the challenges that it is configured to give. */
export class Refusals {
  constructor(private readonly settings: ChallengeSettings) {}

  /**
   * Ends a request: puts the challenge on the response and throws. On the response, since an exception filter of the application's own
   * writes a body but would not know these headers.
   *
   * @param response The framework's response; `undefined` outside of HTTP.
   */
  refuse(response: unknown, reason: RefusalReason, details?: RefusalDetails): never {
    const answer = refusal(reason, details, this.settings);
    if (response !== undefined)
      for (const [name, value] of Object.entries(answer.headers)) (response as HttpResponse).header(name, value);
    throw new AuthzRefusedException(reason, answer);
  }
}
