import { isRecord, messageOf } from '../../../../core/index.js';
import { postText } from '../../../../network/http-client/index.js';
import type { SharedSignalsPollSettings } from './shared-signals-poll-settings.js';
import type { TokenFault } from '../../tokens/token-fault.js';

/** Most tokens asked for at once. */
export const MAX_EVENTS = 50;
/** Largest answer read, in bytes (4 MiB): as many tokens as are asked for, each as large as one may be (64 KiB), in their frame. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What is asked for, and what is said of tokens received before: those done with, and those that are faulty. */
export interface PollReport {
  readonly maxEvents: number;
  readonly acknowledged: readonly string[];
  readonly faulty: ReadonlyMap<string, TokenFault>;
  /** Whether a token is to be tried now. One that waits takes the place of no other. */
  readonly isDue: (jti: string) => boolean;
}

/** What a transmitter answered. */
export interface PollAnswer {
  /** Tokens by their ids that are to be tried now, as many as were asked for at most. */
  readonly tokens: readonly (readonly [jti: string, token: unknown])[];
  /** Whether there are others: at the transmitter, or among these some that wait. */
  readonly moreAvailable: boolean;
  /** Whether it holds more tokens than were asked for. */
  readonly isOverfull: boolean;
}

/**
 * Asks the transmitter for tokens, and reports what became of those before (RFC 8936 section 2). It may wait until there is one.
 * @throws OversizedResponseError where fewer are to be asked for, or Error with a message for the operator, without a header in it.
 */
export async function pollOnce(
  { url, authorization }: Pick<SharedSignalsPollSettings, 'url' | 'authorization'>,
  { maxEvents, acknowledged, faulty, isDue }: PollReport,
  signal: AbortSignal,
): Promise<PollAnswer> {
  const body = {
    maxEvents,
    returnImmediately: false,
    ...(acknowledged.length > 0 && { ack: acknowledged }),
    ...(faulty.size > 0 && { setErrs: Object.fromEntries(faulty) }),
  };
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    'content-language': 'en', // of the descriptions in setErrs
    ...(authorization !== undefined && { authorization: await authorizationOf(authorization) }),
  };
  const { status, text } = await postText(url, JSON.stringify(body), { signal, maxBytes: MAX_BYTES, headers });
  if (status !== 200) throw new Error(`answered ${status}`);
  return answerOf(text, maxEvents, isDue);
}

async function authorizationOf(ask: () => unknown): Promise<string> {
  const answer = await Promise.resolve()
    .then(ask)
    .catch((error: unknown) => {
      throw new Error(`"authorization" failed: ${messageOf(error)}`, { cause: error });
    });
  // Checked here: what fetch() says of a header that HTTP does not allow quotes it.
  if (typeof answer === 'string' && /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(answer)) return answer;
  throw new Error('"authorization" answered no text that is a header');
}

/** Tokens beyond those asked for are left: they are not acknowledged, so the transmitter delivers them again. */
function answerOf(text: string, maxEvents: number, isDue: PollReport['isDue']): PollAnswer {
  const answer = parsed(text);
  const sets = isRecord(answer) ? answer['sets'] : undefined;
  if (!isRecord(answer) || !isRecord(sets)) throw new Error('answered no JSON object with "sets"');
  const tokens: [string, unknown][] = [];
  let isWaiting = false;
  // Not Object.entries(): a transmitter can name hundreds of thousands of them in a few megabytes.
  for (const jti in sets) {
    if (tokens.length === maxEvents) return { tokens, moreAvailable: true, isOverfull: true };
    if (isDue(jti)) tokens.push([jti, sets[jti]]);
    else isWaiting = true;
  }
  return { tokens, moreAvailable: isWaiting || answer['moreAvailable'] === true, isOverfull: false };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
