export {
  auth0,
  clerk,
  cognito,
  entraId,
  firebase,
  fusionAuth,
  generic,
  google,
  keycloak,
  legacyIssuer,
  okta,
  oryHydra,
  rfc9068,
  supabase,
  workOs,
  zitadel,
} from './authentication/index.js';
export type {
  Algorithm,
  AuthenticationOptions,
  Claims,
  IssuerOptions,
  IssuerResolver,
  IssuerStatistics,
  LegacySettings,
  ProtectedResourceOptions,
  RoleClaim,
  RolesFormat,
  TokenPermissionsOptions,
  TrustedIssuers,
  VerificationOptions,
} from './authentication/index.js';
export {
  AccessToken,
  Authenticated,
  Authz,
  AuthzGuard,
  AuthzRefusedException,
  CurrentPermissions,
  CurrentPrincipal,
  OptionalAuth,
  Public,
  RequireAnyPermission,
  RequireAnyRole,
  RequireAnyScope,
  RequireAuthContext,
  RequirePermissions,
  RequireRoles,
  RequireScopes,
} from './authorization/index.js';
export type {
  AuthContext,
  AuthorizationOptions,
  AuthzDiagnostics,
  CallerAuthz,
  ParameterPipe,
  RequirementDecorator,
} from './authorization/index.js';
export type { AuthzModuleOptions } from './authz-module-options.interface.js';
export { AUTHZ_MODULE_OPTIONS } from './authz.module-definition.js';
export { AuthzModule } from './authz.module.js';
export { AuthzConfigError, PermissionSet, REFUSAL_REASONS } from './core/index.js';
export type {
  AuthzTypes,
  ClaimPath,
  Permission,
  PermissionPattern,
  Principal,
  RefusalReason,
  TokenPermissions,
} from './core/index.js';
export { fileMapping, MappingError } from './mapping/index.js';
export type {
  LoadedMapping,
  MappingDocument,
  MappingFault,
  MappingOptions,
  MappingProvider,
  MappingProviderOption,
  MappingSource,
  ProvidedPermissions,
  RoleDefinition,
} from './mapping/index.js';
