import type { CallHandling } from './call.interface.js';

/** For a call over an unknown transport, or over none: no token can be found, and a refusal is nothing but the exception. */
export const unknownTransport: CallHandling = {
  carrier: () => undefined,
  credentials: () => ({ kind: 'none' }),
};
