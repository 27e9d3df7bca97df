/**
 * Why a request was refused. Stable: logs, metrics and exception filters may rely on them.
 * One table gives each reason its status and challenge: `authorization/refusals/refusal.ts`.
 */
export const REFUSAL_REASONS = [
  /** No credentials, or a scheme other than Bearer. */
  'token_missing',
  /** More than one Authorization header. */
  'request_malformed',
  /** The token does not have three base64url parts of JSON, is too long, or has a header that no access token has. */
  'token_malformed',
  /** `alg` is not among the algorithms accepted from this issuer. */
  'algorithm_not_allowed',
  /** `iss` is not the configured issuer. */
  'issuer_unknown',
  /** The issuer has no key for `kid` and `alg`. */
  'key_unknown',
  /** The issuer's keys could not be fetched, and no earlier keys are held. */
  'keys_unavailable',
  /** The roles for a token of the old service could not be looked up (`legacyIssuer({ roles })`). */
  'roles_unavailable',
  'signature_invalid',
  'token_expired',
  /** `nbf` or `iat` lies in the future. */
  'token_not_yet_valid',
  /** `aud` (or the client allow-list) does not name this service. */
  'audience_mismatch',
  /** A claim that every access token must carry is missing or of the wrong type. */
  'claims_invalid',
  /** An ID, refresh or logout token, or any other token that the issuer signs. */
  'not_access_token',
  /** The token lives longer than `maxTokenLifetimeSeconds` allows. */
  'lifetime_too_long',
  /** The user has too many groups for an Entra ID token, which then contains a link instead of the groups. */
  'roles_overage',
  /** The sign-in session of the token is not complete (Clerk). */
  'session_pending',
  /** Tokens of the old service are no longer accepted (`legacyIssuer`). */
  'issuer_retired',
  /** The token is bound to a key or certificate that the request does not use, or is not bound although it has to be. */
  'binding_mismatch',
  /** The DPoP proof does not fit the request, the token or its key, or was used before. */
  'proof_invalid',
  /** The token was revoked before it expired. */
  'token_revoked',
  /** The list of revocations is stale, and the token is older than a stale list allows. */
  'token_not_fresh',
  /** No list of revocations was loaded yet, so the token cannot be checked against it. */
  'revocations_unavailable',
  /** The source of revocations was unreachable for too long. */
  'revocations_stale',
  /** The caller authenticated too weakly or too long ago for this handler. */
  'authentication_insufficient',
  /** The handler states no requirement. */
  'no_requirement',
  'permission_missing',
  /** A role of the caller denies the permission. */
  'permission_denied',
  /** A role grants the permission under a condition, which is not true for this call, or cannot be decided. */
  'condition_unmet',
  /** The permission depends on the resource, and the handler states no `@Resource()`. */
  'resource_required',
  /** The resource of the call does not exist. */
  'resource_not_found',
  /** The resource of the call could not be loaded, or not in time. */
  'resource_unavailable',
  /** A policy of the handler denied the call. */
  'policy_denied',
  'role_missing',
  'scope_missing',
  /** A claim that the decision depends on is present but unreadable, so what it grants or denies is unknown. */
  'claim_unreadable',
  /** No mapping is loaded, or the mapping provider threw. */
  'mapping_unavailable',
  /** The mapping has expired, or was not confirmed for too long. */
  'mapping_stale',
  /** The mapping provider did not finish within its deadline. */
  'mapping_timeout',
  /** The mapping provider returned something other than permissions. */
  'mapping_invalid',
  /** The call came over a transport that the guard does not know. */
  'context_unknown',
  /** Authorization code threw. */
  'indeterminate',
] as const;

/** See {@link REFUSAL_REASONS}. */
export type RefusalReason = (typeof REFUSAL_REASONS)[number];
