import { ServiceUnavailableException } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';

/** When a client may ask again that found nothing, in seconds. */
const RETRY_AFTER_SECONDS = '5';

/** The answer to a client that has to come again. */
export function unavailable(adapter: AbstractHttpAdapter, response: object, message: string): ServiceUnavailableException {
  adapter.setHeader(response, 'Retry-After', RETRY_AFTER_SECONDS);
  return new ServiceUnavailableException(message);
}
