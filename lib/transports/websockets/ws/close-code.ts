import type { Refusal } from '../../../authorization/index.js';

/** Close codes of ws by the HTTP status of a refusal. 4000 to 4999 are for applications (RFC 6455 section 7.4.2). */
const CODES: Readonly<Record<Refusal['status'], number>> = { 400: 4400, 401: 4401, 403: 4403, 404: 4404, 503: 1013 };

/** Returns the close code for a refusal. */
export function closeCode({ status }: Refusal): number {
  return CODES[status];
}

/** Codes of the protocol itself (RFC 6455 section 7.4.1 and the IANA registry). */
export const POLICY_VIOLATION = 1008;
export const MESSAGE_TOO_BIG = 1009;
export const INTERNAL_ERROR = 1011;
export const TRY_AGAIN_LATER = 1013;
