import { isRecord, messageOf } from '../../../../core/index.js';
import { postText } from '../../../../network/http-client/index.js';
import type { SharedSignalsPollSettings } from './shared-signals-poll-settings.js';
import type { TokenFault } from '../../tokens/token-fault.js';

/** Most tokens requested at once. */
export const MAX_EVENTS = 50;
/** Largest response read, in bytes (4 MiB): 50 tokens of the largest size (64 KiB), with their frame. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What is requested, and which earlier tokens are acknowledged or faulty. */
export interface PollReport {
  readonly maxEvents: number;
  readonly acknowledged: readonly string[];
  readonly faulty: ReadonlyMap<string, TokenFault>;
  /** Whether a token is to be tried now. Tokens that are not due do not use up the limit. */
  readonly isDue: (jti: string) => boolean;
}

/** A transmitter's response. */
export interface PollResponse {
  /** Tokens to process now, by their ids; at most as many as were requested. */
  readonly tokens: readonly (readonly [jti: string, token: unknown])[];
  /** Whether there are more: at the transmitter, or in this response but not due yet. */
  readonly moreAvailable: boolean;
  /** Whether the response has more tokens than were requested. */
  readonly isOverfull: boolean;
}

/**
 * Requests tokens from the transmitter, and reports the outcome of earlier ones (RFC 8936 section 2). The transmitter may wait until it has one.
 * @throws OversizedResponseError if fewer tokens must be requested, or Error with a message for the operator, without a header in it.
 */
export async function pollOnce(
  { url, authorization }: Pick<SharedSignalsPollSettings, 'url' | 'authorization'>,
  { maxEvents, acknowledged, faulty, isDue }: PollReport,
  signal: AbortSignal,
): Promise<PollResponse> {
  const body = {
    maxEvents,
    returnImmediately: false,
    ...(acknowledged.length > 0 && { ack: acknowledged }),
    ...(faulty.size > 0 && { setErrs: Object.fromEntries(faulty) }),
  };
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    'content-language': 'en', // language of the descriptions in setErrs
    ...(authorization !== undefined && { authorization: await authorizationOf(authorization) }),
  };
  const { status, text } = await postText(url, JSON.stringify(body), { signal, maxBytes: MAX_BYTES, headers });
  if (status !== 200) throw new Error(`answered ${status}`);
  return responseOf(text, maxEvents, isDue);
}

async function authorizationOf(ask: () => unknown): Promise<string> {
  const header = await Promise.resolve()
    .then(ask)
    .catch((error: unknown) => {
      throw new Error(`"authorization" failed: ${messageOf(error)}`, { cause: error });
    });
  // Checked here because fetch() quotes an invalid header in its error.
  if (typeof header === 'string' && /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(header)) return header;
  throw new Error('"authorization" must return a valid header value as a string');
}

/** Drops tokens beyond the limit: they are not acknowledged, so the transmitter delivers them again. */
function responseOf(text: string, maxEvents: number, isDue: PollReport['isDue']): PollResponse {
  const response = parsed(text);
  const sets = isRecord(response) ? response['sets'] : undefined;
  if (!isRecord(response) || !isRecord(sets)) throw new Error('the response is not a JSON object with "sets"');
  const tokens: [string, unknown][] = [];
  let isWaiting = false;
  // Not Object.entries(): a response of a few megabytes can have hundreds of thousands of ids.
  for (const jti in sets) {
    if (tokens.length === maxEvents) return { tokens, moreAvailable: true, isOverfull: true };
    if (isDue(jti)) tokens.push([jti, sets[jti]]);
    else isWaiting = true;
  }
  return { tokens, moreAvailable: isWaiting || response['moreAvailable'] === true, isOverfull: false };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
