import { AuthzRefusedException } from '../refusals/authz-refused.exception.js';
import type { Transport } from './transport.interface.js';

/** A way in that nobody knows, or none at all: no token can be found, and a refusal is nothing but the exception. */
export const unknownTransport: Transport = {
  carrier: () => undefined,
  credentials: () => ({ kind: 'none' }),
  facts: () => ({ method: '', path: '', dpop: [], certificateThumbprint: () => undefined }),
  header: () => undefined,
  refuse(_call, reason, answer) {
    throw new AuthzRefusedException(reason, answer);
  },
};
