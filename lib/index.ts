export { auth0, cognito, keycloak } from './authentication/index.js';
export type { Algorithm, AuthenticationOptions, IssuerOptions } from './authentication/index.js';
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
  RequirePermissions,
  RequireRoles,
  RequireScopes,
} from './authorization/index.js';
export type { AuthorizationOptions, CallerAuthz, ParameterPipe, RequirementDecorator } from './authorization/index.js';
export type { AuthzModuleOptions } from './authz-module-options.interface.js';
export { AUTHZ_MODULE_OPTIONS } from './authz.module-definition.js';
export { AuthzModule } from './authz.module.js';
export { AuthzConfigError, PermissionSet, REFUSAL_REASONS } from './core/index.js';
export type { AuthzTypes, ClaimPath, Permission, PermissionPattern, Principal, RefusalReason } from './core/index.js';
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
