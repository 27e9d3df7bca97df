/**
 * Why a request was refused. Stable: logs, metrics and exception filters may rely on them.
 * Which status and challenge each one leads to is decided in one table (authorization/refusal.ts).
 */
export const REFUSAL_REASONS = [
  /** No credentials, or another scheme than Bearer. */
  'token_missing',
  /** More than one Authorization header. */
  'request_malformed',
  /** Not three base64url parts of JSON, too long, or a header that no access token has. */
  'token_malformed',
  /** `alg` is not among the algorithms accepted from this issuer. */
  'algorithm_not_allowed',
  /** `iss` is not the configured issuer. */
  'issuer_unknown',
  /** No key of the issuer fits `kid` and `alg`. */
  'key_unknown',
  /** The issuer's keys could not be fetched and none are held. */
  'keys_unavailable',
  /** The old service's roles could not be looked up (`legacyIssuer({ roles })`). */
  'roles_unavailable',
  'signature_invalid',
  'token_expired',
  /** `nbf` or `iat` lies in the future. */
  'token_not_yet_valid',
  /** `aud` (or the client allow-list) does not name this service. */
  'audience_mismatch',
  /** A claim that every access token must carry is missing or of the wrong type. */
  'claims_invalid',
  /** An ID, refresh or logout token, or whatever else the issuer signs. */
  'not_access_token',
  /** The token lives longer than `maxTokenLifetimeSeconds` allows. */
  'lifetime_too_long',
  /** The groups of an Entra ID user are too many for the token, which points elsewhere for them. */
  'roles_overage',
  /** The session that the token stands for is not complete (Clerk). */
  'session_pending',
  /** The old service's tokens are no longer accepted (`legacyIssuer`). */
  'issuer_retired',
  /** The token is bound to a key or certificate that the request does not come with, or is not bound although it has to be. */
  'binding_mismatch',
  /** The DPoP proof is not one for this request, this token and its key, or was used before. */
  'proof_invalid',
  /** The token was withdrawn before its end. */
  'token_revoked',
  /** The revocations are stale, and the token is older than is accepted meanwhile. */
  'token_not_fresh',
  /** No revocations have been loaded yet, so nobody knows whether the token is among them. */
  'revocations_unavailable',
  /** The revocations were not heard of for too long. */
  'revocations_stale',
  /** The caller authenticated too weakly or too long ago for this handler. */
  'authentication_insufficient',
  /** The handler states no requirement. */
  'no_requirement',
  'permission_missing',
  /** A role of the caller denies the permission outright. */
  'permission_denied',
  'role_missing',
  'scope_missing',
  /** A claim that the decision depends on is there in a form that cannot be read, so nobody knows what it grants or denies. */
  'claim_unreadable',
  /** No mapping is loaded, or the mapping provider threw. */
  'mapping_unavailable',
  /** The mapping held may not be used any more: it has ended, or was not confirmed for too long. */
  'mapping_stale',
  /** The mapping provider did not answer within its deadline. */
  'mapping_timeout',
  /** The mapping provider answered something that is no permissions. */
  'mapping_invalid',
  /** A transport that the guard does not know. */
  'context_unknown',
  /** Authorization code threw. */
  'indeterminate',
] as const;

/** See {@link REFUSAL_REASONS}. */
export type RefusalReason = (typeof REFUSAL_REASONS)[number];
