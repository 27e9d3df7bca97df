import type { AuthContextClause, RefusalReason } from '../../core/index.js';

/** The response to a refused request over HTTP. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 503;
  readonly body: { readonly statusCode: number; readonly error: string; readonly message: string };
  readonly headers: Readonly<Record<string, string>>;
}

/** What a refusal may tell the client beyond its reason. */
export interface RefusalDetails {
  /** The required scopes (`scope_missing`). */
  readonly scopes?: readonly string[];
  /** The required authentication (`authentication_insufficient`). */
  readonly authContext?: AuthContextClause;
  /** `Retry-After` of a 503, in seconds. Default: 5. */
  readonly retryAfterSeconds?: number;
}

/** What every challenge of a service contains. */
export interface ChallengeSettings {
  /** URL of the protected resource metadata (RFC 9728 section 5.1). */
  readonly resourceMetadata?: string | undefined;
  /** Signature algorithms for proofs, if DPoP is accepted (RFC 9449 section 7.1). */
  readonly dpop?: { readonly algorithms: readonly string[]; readonly required: boolean } | undefined;
}

type Kind =
  | 'unauthorized'
  | 'invalid_request'
  | 'invalid_token'
  | 'invalid_dpop_proof'
  | 'insufficient_user_authentication'
  | 'insufficient_scope'
  | 'not_found'
  | 'temporarily_unavailable';

/** Error code of each reason. The only place that decides the response. */
const KINDS: Readonly<Record<RefusalReason, Kind>> = {
  token_missing: 'unauthorized',
  request_malformed: 'invalid_request',
  token_malformed: 'invalid_token',
  algorithm_not_allowed: 'invalid_token',
  issuer_unknown: 'invalid_token',
  key_unknown: 'invalid_token',
  keys_unavailable: 'temporarily_unavailable',
  roles_unavailable: 'temporarily_unavailable',
  signature_invalid: 'invalid_token',
  token_expired: 'invalid_token',
  token_not_yet_valid: 'invalid_token',
  audience_mismatch: 'invalid_token',
  claims_invalid: 'invalid_token',
  not_access_token: 'invalid_token',
  lifetime_too_long: 'invalid_token',
  roles_overage: 'invalid_token',
  session_pending: 'invalid_token',
  issuer_retired: 'invalid_token',
  binding_mismatch: 'invalid_token',
  proof_invalid: 'invalid_dpop_proof',
  token_revoked: 'invalid_token',
  token_not_fresh: 'invalid_token',
  revocations_unavailable: 'temporarily_unavailable',
  revocations_stale: 'temporarily_unavailable',
  authentication_insufficient: 'insufficient_user_authentication',
  no_requirement: 'insufficient_scope',
  permission_missing: 'insufficient_scope',
  permission_denied: 'insufficient_scope',
  condition_unmet: 'insufficient_scope',
  resource_required: 'insufficient_scope',
  resource_not_found: 'not_found',
  resource_unavailable: 'temporarily_unavailable',
  policy_denied: 'insufficient_scope',
  role_missing: 'insufficient_scope',
  scope_missing: 'insufficient_scope',
  claim_unreadable: 'insufficient_scope',
  mapping_unavailable: 'temporarily_unavailable',
  mapping_stale: 'temporarily_unavailable',
  mapping_timeout: 'temporarily_unavailable',
  mapping_invalid: 'temporarily_unavailable',
  context_unknown: 'insufficient_scope',
  indeterminate: 'insufficient_scope',
};

const STATUS = {
  unauthorized: 401,
  invalid_request: 400,
  invalid_token: 401,
  invalid_dpop_proof: 401,
  insufficient_user_authentication: 401,
  insufficient_scope: 403,
  not_found: 404,
  temporarily_unavailable: 503,
} as const satisfies Record<Kind, number>;

const MESSAGES: Readonly<Record<Kind, string>> = {
  unauthorized: 'An access token is required',
  invalid_request: 'The request carries more than one access token',
  invalid_token: 'The access token is invalid',
  invalid_dpop_proof: 'The DPoP proof is invalid',
  insufficient_user_authentication: 'A stronger or more recent authentication is required',
  insufficient_scope: 'The access token does not allow this request',
  not_found: 'Not found',
  temporarily_unavailable: 'Access cannot be decided at the moment',
};

const DEFAULT_RETRY_AFTER_SECONDS = 5;

/**
 * Returns the response to a refused request: RFC 6750 section 3, with the additions of RFC 9728, 9470 and 9449. All messages are constants: the
 * response contains nothing of the token and nothing of what was expected of it.
 */
export function refusal(reason: RefusalReason, details: RefusalDetails = {}, settings: ChallengeSettings = {}): Refusal {
  const error = KINDS[reason];
  const status = STATUS[error];
  const message = reason === 'token_expired' ? 'The access token expired' : MESSAGES[error];
  return { status, body: { statusCode: status, error, message }, headers: headersFor(error, message, details, settings) };
}

function headersFor(error: Kind, message: string, details: RefusalDetails, settings: ChallengeSettings): Record<string, string> {
  if (error === 'not_found') return {};
  if (error === 'temporarily_unavailable')
    return { 'Retry-After': String(details.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS) };
  return { 'WWW-Authenticate': challenges(error, message, details, settings) };
}

/** Returns one challenge for each accepted scheme; the first has the error. */
function challenges(
  error: Kind,
  message: string,
  details: RefusalDetails,
  { resourceMetadata, dpop }: ChallengeSettings,
): string {
  const errorParameters = error === 'unauthorized' ? {} : { error, error_description: message, ...specifics(details) };
  const common = { ...errorParameters, resource_metadata: resourceMetadata };
  const bearer = challenge('Bearer', { realm: 'api', ...common });
  if (dpop === undefined) return bearer;
  const algorithms = { algs: dpop.algorithms.join(' ') };
  if (dpop.required || error === 'invalid_dpop_proof') return challenge('DPoP', { ...common, ...algorithms });
  return `${bearer}, ${challenge('DPoP', algorithms)}`;
}

function specifics({ scopes, authContext }: RefusalDetails): Record<string, string | undefined> {
  return {
    scope: scopes?.join(' '),
    acr_values: authContext && authContext.acr.length > 0 ? authContext.acr.join(' ') : undefined,
    max_age: authContext?.maxAgeSeconds?.toString(),
  };
}

function challenge(scheme: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const written = Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : `${name}="${value}"`));
  return `${scheme} ${written.join(', ')}`;
}
