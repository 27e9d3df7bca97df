import type { CallHandling } from '../calls/call.interface.js';

/** Handles calls over an unknown transport: they have no token, and a refusal is an exception. */
export const unknownTransport: CallHandling = {
  carrier: () => undefined,
  credentials: () => ({ kind: 'none' }),
};
