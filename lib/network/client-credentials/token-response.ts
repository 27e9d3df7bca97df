import { isRecord } from '../../core/index.js';
import type { PostResponse } from '../http-client/index.js';
import type { TokenRequestErrorCode, TokenRequestErrorDetails } from './token-request.error.js';

/** An access token from a token endpoint. */
export interface GrantedToken {
  readonly token: string;
  /** Lifetime from the moment of the request, in milliseconds; `undefined` if the endpoint sent no `expires_in`. */
  readonly lastsMs: number | undefined;
}

/** Why a response contains no usable token. */
export interface ResponseFault extends TokenRequestErrorDetails {
  readonly code: TokenRequestErrorCode;
  readonly message: string;
}

/** RFC 6750 section 2.1. */
const BEARER_TOKEN = /^[\w.~+/-]+=*$/;
/** Longest token accepted, in characters: servers limit the size of headers. */
const MAX_TOKEN_LENGTH = 16_384;
/** RFC 8693 section 3. */
const TOKEN_TYPES: ReadonlySet<unknown> = new Set(
  ['access_token', 'jwt'].map((type) => `urn:ietf:params:oauth:token-type:${type}`),
);
/** Error codes of temporary failures. */
const LATER: ReadonlySet<string> = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);
/** Longest `Retry-After` that is respected, in seconds. */
const MAX_RETRY_AFTER_SECONDS = 60;

/** Reads the response of a token endpoint (RFC 6749 section 5, RFC 8693 section 2.2). @param isExchange Whether a token was exchanged. */
export function readTokenResponse(response: PostResponse, isExchange: boolean): GrantedToken | ResponseFault {
  const body = parsed(response.text);
  return response.status === 200 ? granted(body, isExchange) : failed(response, body);
}

function granted(body: unknown, isExchange: boolean): GrantedToken | ResponseFault {
  if (!isRecord(body)) return invalid('the response is not a JSON object');
  const { access_token: token, token_type: type, issued_token_type: issuedType, expires_in: expiresIn } = body;
  if (!isToken(token)) return invalid('"access_token" is not a valid bearer token');
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') return invalid('"token_type" is not "Bearer"');
  if (isExchange && !TOKEN_TYPES.has(issuedType)) return invalid('"issued_token_type" is not an access token');
  const lastsMs = milliseconds(expiresIn ?? undefined);
  return Number.isNaN(lastsMs) ? invalid('"expires_in" is not a positive number') : { token, lastsMs };
}

function isToken(token: unknown): token is string {
  return typeof token === 'string' && token.length <= MAX_TOKEN_LENGTH && BEARER_TOKEN.test(token);
}

/** Converts seconds to milliseconds. Some providers write the number as a string. Returns NaN for any other value. */
function milliseconds(expiresIn: unknown): number | undefined {
  if (expiresIn === undefined) return undefined;
  const seconds = typeof expiresIn === 'string' && /^\d{1,10}$/.test(expiresIn) ? Number(expiresIn) : expiresIn;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : NaN;
}

function failed({ status, retryAfter }: PostResponse, body: unknown): ResponseFault {
  const error = errorOf(body);
  if (status >= 500 || status === 429 || status === 408 || LATER.has(error ?? '')) {
    const message = `it answered ${status}${error === undefined ? '' : `, ${error}`}`;
    return { code: 'unavailable', message, error, retryAfterSeconds: retryAfterSeconds(retryAfter) };
  }
  if (status >= 400 && error !== undefined) return { code: 'refused', message: `it answered ${error}`, error };
  return invalid(`it answered ${status} without a valid "error"`);
}

/** Reads the error code only. The other members may contain data about the caller. */
function errorOf(body: unknown): string | undefined {
  const error = isRecord(body) ? body['error'] : undefined;
  return typeof error === 'string' && /^[a-z][a-z0-9_.-]{0,63}$/i.test(error) ? error : undefined;
}

/** Reads `Retry-After`: seconds, or a date (RFC 9110 section 10.2.3). */
function retryAfterSeconds(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_SECONDS);
}

function invalid(message: string): ResponseFault {
  return { code: 'answer_invalid', message };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
