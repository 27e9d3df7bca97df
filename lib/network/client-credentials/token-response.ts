import { isRecord } from '../../core/index.js';
import type { PostAnswer } from '../http-client/index.js';
import type { TokenRequestErrorCode, TokenRequestErrorDetails } from './token-request.error.js';

/** An access token that was granted. */
export interface GrantedToken {
  readonly token: string;
  /** How long it lasts from the moment it was asked for, in milliseconds; `undefined` where the endpoint does not say. */
  readonly lastsMs: number | undefined;
}

/** Why an answer brings no token. */
export interface AnswerFault extends TokenRequestErrorDetails {
  readonly code: TokenRequestErrorCode;
  readonly message: string;
}

/** RFC 6750 section 2.1. */
const BEARER_TOKEN = /^[\w.~+/-]+=*$/;
/** Longest token taken, in characters: servers read no longer header. */
const MAX_TOKEN_LENGTH = 16_384;
/** RFC 8693 section 3. */
const TOKEN_TYPES: ReadonlySet<unknown> = new Set(
  ['access_token', 'jwt'].map((type) => `urn:ietf:params:oauth:token-type:${type}`),
);
/** Error codes that say to come again later. */
const LATER: ReadonlySet<string> = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);
/** Longest time to wait that an endpoint may ask for, in seconds. */
const MAX_RETRY_AFTER_SECONDS = 60;

/** Reads what a token endpoint answered (RFC 6749 section 5, RFC 8693 section 2.2). @param isExchange Whether a token was exchanged. */
export function readTokenAnswer(answer: PostAnswer, isExchange: boolean): GrantedToken | AnswerFault {
  const body = parsed(answer.text);
  return answer.status === 200 ? granted(body, isExchange) : failed(answer, body);
}

function granted(body: unknown, isExchange: boolean): GrantedToken | AnswerFault {
  if (!isRecord(body)) return invalid('it answered no JSON object');
  const { access_token: token, token_type: type, issued_token_type: issuedType, expires_in: expiresIn } = body;
  if (!isToken(token)) return invalid('"access_token" is none that a header can carry');
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') return invalid('"token_type" is not "Bearer"');
  if (isExchange && !TOKEN_TYPES.has(issuedType)) return invalid('"issued_token_type" is no access token');
  const lastsMs = milliseconds(expiresIn ?? undefined);
  return Number.isNaN(lastsMs) ? invalid('"expires_in" is no time to come') : { token, lastsMs };
}

function isToken(token: unknown): token is string {
  return typeof token === 'string' && token.length <= MAX_TOKEN_LENGTH && BEARER_TOKEN.test(token);
}

/** Of seconds, which some providers write as a text. NaN: there is something else. */
function milliseconds(expiresIn: unknown): number | undefined {
  if (expiresIn === undefined) return undefined;
  const seconds = typeof expiresIn === 'string' && /^\d{1,10}$/.test(expiresIn) ? Number(expiresIn) : expiresIn;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : NaN;
}

function failed({ status, retryAfter }: PostAnswer, body: unknown): AnswerFault {
  const error = errorOf(body);
  if (status >= 500 || status === 429 || status === 408 || LATER.has(error ?? '')) {
    const message = `it answered ${status}${error === undefined ? '' : `, ${error}`}`;
    return { code: 'unavailable', message, error, retryAfterSeconds: retryAfterSeconds(retryAfter) };
  }
  if (status >= 400 && error !== undefined) return { code: 'refused', message: `it answered ${error}`, error };
  return invalid(`it answered ${status} without an error that it is to have`);
}

/** One word, as it is defined. What else it says may be about the caller. */
function errorOf(body: unknown): string | undefined {
  const error = isRecord(body) ? body['error'] : undefined;
  return typeof error === 'string' && /^[a-z][a-z0-9_.-]{0,63}$/i.test(error) ? error : undefined;
}

/** Seconds, or a date (RFC 9110 section 10.2.3). */
function retryAfterSeconds(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_SECONDS);
}

function invalid(message: string): AnswerFault {
  return { code: 'answer_invalid', message };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
