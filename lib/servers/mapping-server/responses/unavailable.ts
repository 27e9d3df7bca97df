import { ServiceUnavailableException } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';

/** Value of `Retry-After`, in seconds. */
const RETRY_AFTER_SECONDS = '5';

/** Sets `Retry-After` and returns the exception for 503. */
export function unavailable(adapter: AbstractHttpAdapter, response: object, message: string): ServiceUnavailableException {
  adapter.setHeader(response, 'Retry-After', RETRY_AFTER_SECONDS);
  return new ServiceUnavailableException(message);
}
