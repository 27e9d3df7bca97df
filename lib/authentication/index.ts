export type { AuthenticationOptions, TrustedIssuers, VerificationOptions } from './authentication-options.interface.js';
export { AUTHENTICATION_SETTINGS, parseAuthenticationSettings, type AuthenticationSettings } from './authentication-settings.js';
export { Authenticator, TOKEN_BUDGET_BYTES } from './authenticator.js';
export type { Finding, TokenFault } from './findings.js';
export { findingWords } from './messages/finding-words.js';
export type { FindingWords } from './messages/finding-words.interface.js';
export { duration, moment } from './messages/time-words.js';
export { STRATEGY_PEERS } from './tokens/load-jwt-strategy.js';
export { inspectToken, TOKEN_CHECKS, type TokenCheck, type TokenInspection } from './inspect-token.js';
export { IssuerDirectory } from './issuers/issuer-directory.js';
export type {
  SubjectClaim,
  IssuerOptions,
  NamesFormat,
  RoleClaim,
  TenantFormat,
  TenantOptions,
  TokenPermissionsOptions,
} from './issuers/options/issuer-options.interface.js';
export type { Claims } from './issuers/claims/claims.js';
export type { IssuerResolver } from './issuers/options/issuer-resolver.interface.js';
export { ISSUER_OPTION_NAMES } from './issuers/options/issuer-members.js';
export { parseIssuer, type IssuerSettings } from './issuers/options/issuer-settings.js';
export { IssuerVerifier, type Verification } from './issuers/issuer-verifier.js';
export { renewedVerifier } from './issuers/renewed-verifier.js';
export { legacyIssuer, type LegacyIssuerOptions } from './issuers/options/legacy-issuer.js';
export type { FindRoles, FindRolesContext } from './issuers/claims/role-lookup.js';
export { auth0 } from './issuers/presets/auth0.js';
export { clerk } from './issuers/presets/clerk.js';
export { cloudflareAccess } from './issuers/presets/cloudflare-access.js';
export { cognito } from './issuers/presets/cognito.js';
export { entraId } from './issuers/presets/entra-id.js';
export { firebase } from './issuers/presets/firebase.js';
export { fusionAuth } from './issuers/presets/fusion-auth.js';
export { generic } from './issuers/presets/generic.js';
export { google } from './issuers/presets/google.js';
export { googleIap } from './issuers/presets/google-iap.js';
export { keycloak } from './issuers/presets/keycloak.js';
export { okta } from './issuers/presets/okta.js';
export { oryHydra } from './issuers/presets/ory-hydra.js';
export { rfc9068 } from './issuers/presets/rfc9068.js';
export { supabase } from './issuers/presets/supabase.js';
export { workOs } from './issuers/presets/work-os.js';
export { zitadel } from './issuers/presets/zitadel.js';
export type { IssuerStatistics } from './issuers/token-statistics.js';
export type { KeyRequestOptions } from './keys/key-requests.js';
export { keySource } from './keys/key-source.js';
export { KeyStore, type KeyEvent } from './keys/key-store.js';
export { DPOP_ALGORITHMS } from './proof/dpop.js';
export { Possession } from './proof/possession.js';
export { ReplayCache } from './proof/replay-cache.js';
export type { RequestFacts } from './proof/request-facts.js';
export type { ProtectedResource, ProtectedResourceOptions } from './protected-resource.js';
export type { TokenScheme } from './proof/possession.js';
export { credentials, type Credentials } from './tokens/credentials.js';
export { headerOf, headerValues, type RequestHeaders } from './tokens/request-headers.js';
export type { ReadToken, TokenRequest, TokenSource } from './tokens/token-source.interface.js';
export { BY_DEFAULT, queryValues, TokenSources } from './tokens/token-sources.js';
