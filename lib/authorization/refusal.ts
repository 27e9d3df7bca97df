import type { RefusalReason } from '../core/index.js';

/** How a refusal is answered over HTTP: status, body and headers. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 503;
  readonly body: { readonly statusCode: number; readonly error: string; readonly message: string };
  readonly headers: Readonly<Record<string, string>>;
}

/** What a refusal may say beyond its reason. */
export interface RefusalDetails {
  /** The scopes that would have done (`scope_missing`). */
  readonly scopes?: readonly string[];
  /** When asking again makes sense, in seconds (503). Default: 5. */
  readonly retryAfterSeconds?: number;
}

type Kind = 'challenge' | 'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'unavailable';

/** The one place where a reason turns into an answer. */
const KINDS: Readonly<Record<RefusalReason, Kind>> = {
  token_missing: 'challenge',
  request_malformed: 'invalid_request',
  token_malformed: 'invalid_token',
  algorithm_not_allowed: 'invalid_token',
  issuer_unknown: 'invalid_token',
  key_unknown: 'invalid_token',
  keys_unavailable: 'unavailable',
  signature_invalid: 'invalid_token',
  token_expired: 'invalid_token',
  token_not_yet_valid: 'invalid_token',
  audience_mismatch: 'invalid_token',
  claims_invalid: 'invalid_token',
  not_access_token: 'invalid_token',
  no_requirement: 'insufficient_scope',
  permission_missing: 'insufficient_scope',
  permission_denied: 'insufficient_scope',
  role_missing: 'insufficient_scope',
  scope_missing: 'insufficient_scope',
  mapping_unavailable: 'unavailable',
  mapping_timeout: 'unavailable',
  mapping_invalid: 'unavailable',
  context_unknown: 'insufficient_scope',
  indeterminate: 'insufficient_scope',
};

const STATUS = { challenge: 401, invalid_request: 400, invalid_token: 401, insufficient_scope: 403, unavailable: 503 } as const;

const MESSAGES: Readonly<Record<Kind, string>> = {
  challenge: 'An access token is required',
  invalid_request: 'The request carries more than one access token',
  invalid_token: 'The access token is invalid',
  insufficient_scope: 'The access token does not allow this request',
  unavailable: 'Access cannot be decided at the moment',
};

const DEFAULT_RETRY_AFTER_SECONDS = 5;

/**
 * Answers a refusal as RFC 6750 section 3 says. Every text is from a fixed list: nothing of the token, and nothing of what was expected
 * of it, goes out.
 */
export function refusal(reason: RefusalReason, details: RefusalDetails = {}): Refusal {
  const kind = KINDS[reason];
  const status = STATUS[kind];
  const message = reason === 'token_expired' ? 'The access token expired' : MESSAGES[kind];
  const error = kind === 'challenge' ? 'unauthorized' : kind === 'unavailable' ? 'temporarily_unavailable' : kind;
  const headers: Record<string, string> =
    kind === 'unavailable'
      ? { 'Retry-After': String(details.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS) }
      : { 'WWW-Authenticate': challenge(kind, message, details.scopes) };
  return { status, body: { statusCode: status, error, message }, headers };
}

function challenge(kind: Exclude<Kind, 'unavailable'>, message: string, scopes: readonly string[] = []): string {
  if (kind === 'challenge') return 'Bearer realm="api"';
  const scope = scopes.length === 0 ? '' : `, scope="${scopes.join(' ')}"`;
  return `Bearer realm="api", error="${kind}", error_description="${message}"${scope}`;
}
