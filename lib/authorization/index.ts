export type { AuthorizationOptions } from './authorization-options.interface.js';
export { parseAuthorizationSettings, type AuthorizationSettings } from './authorization-settings.js';
export { askedTooLate } from './asked-too-late.js';
export { AuthzRefusedException } from './authz-refused.exception.js';
export { AuthzLogger } from './authz-logger.js';
export { AuthzGuard } from './authz.guard.js';
export { Authz, type CallerAuthz } from './authz.js';
export { carrierOf, carryEachMessage } from './carrier.js';
export { CallScope } from './call-scope.js';
export {
  rememberNobody,
  rememberState,
  standingIn,
  stateOf,
  type Call,
  type CallState,
  type Exchange,
  type Standing,
} from './call-state.js';
export { CandidateMapping, type CandidateStatistics } from './candidate-mapping.js';
export { parseCandidate } from './candidate-settings.js';
export { AccessToken } from './decorators/access-token.decorator.js';
export { Authenticated } from './decorators/authenticated.decorator.js';
export { AuthzMode } from './decorators/authz-mode.decorator.js';
export { ControlPlane } from './decorators/control-plane.decorator.js';
export { CurrentPermissions } from './decorators/current-permissions.decorator.js';
export { CurrentPrincipal } from './decorators/current-principal.decorator.js';
export { OptionalAuth } from './decorators/optional-auth.decorator.js';
export type { ParameterPipe } from './decorators/parameter-pipe.interface.js';
export { Public } from './decorators/public.decorator.js';
export { RequireAuthContext, type AuthContext } from './decorators/require-auth-context.decorator.js';
export { RequireAnyPermission } from './decorators/require-any-permission.decorator.js';
export { RequireAnyRole } from './decorators/require-any-role.decorator.js';
export { RequireAnyScope } from './decorators/require-any-scope.decorator.js';
export { RequirePermissions } from './decorators/require-permissions.decorator.js';
export { RequireRoles } from './decorators/require-roles.decorator.js';
export { RequireScopes } from './decorators/require-scopes.decorator.js';
export { ServiceTask } from './decorators/service-task.decorator.js';
export { discardWrite } from './discard-write.js';
export { Diagnostics, type AuthzDiagnostics } from './diagnostics.js';
export type { EnforcementMode } from './enforcement-mode.js';
export { checkInstallation } from './check-installation.js';
export { checkModules, refuseOtherGuard } from './check-modules.js';
export { markCopy, otherInjected, shareInjected } from './copy.js';
export { checkEntrances } from './check-entrances.js';
export { checkGraphql, guardGraphqlSchemas } from './check-graphql.js';
export { createAuthenticator } from './create-authenticator.js';
export { isGateway, isMessageHandler } from './entry-kind.js';
export {
  findClasses,
  findHandlers,
  findMethods,
  findTypes,
  refuseStrays,
  type FoundHandlers,
  type FoundMethod,
} from './find-handlers.js';
export { followNest } from './follow-nest.js';
export { followHandlers } from './handler-places.js';
export { findMappingProvider } from './find-mapping-provider.js';
export { FIRST_GUARD, guardFirst, type FirstGuard } from './first-guard.js';
export { Gate, type GivenCaller } from './gate.js';
export { HandlerRules, type HandlerRule } from './handler-rules.js';
export { watchHybridApplications } from './hybrid-applications.js';
export { isInjected } from './is-injected.js';
export { keyLog } from './key-log.js';
export { mappingLog } from './mapping-log.js';
export { OpenCalls, type OpenCall } from './open-calls.js';
export { PermissionResolver } from './permission-resolver.js';
export type { Refusal } from './refusal.js';
export { RefusalLog } from './refusal-log.js';
export type { RefusalStatistics } from './refusal-counts.js';
export type { RefusalFacts } from './refusal-facts.interface.js';
export { refusalWords } from './refusal-words.js';
export { Refusals } from './refusals.js';
export { RepeatedWarnings } from './repeated-warnings.js';
export type { ReportableReason } from './report-also.js';
export { ReportMode, type ReportedHandler, type ReportStatistics } from './report-mode.js';
export type { RequirementDecorator } from './requirement-metadata.js';
export { RetirementWarnings } from './retirement-warnings.js';
export { revocationLog } from './revocation-log.js';
export { serveMetadata } from './serve-metadata.js';
export { startReport, ungranted } from './start-report.js';
export type { CallArguments, Transport } from './transport.interface.js';
export { followGraphql } from './transports/graphql-scope.guard.js';
export { GraphqlTransport } from './transports/graphql-transport.js';
export { isGrpcCall, type GrpcCall } from './transports/grpc-call.js';
export { httpTransport, httpTransportReading } from './transports/http-transport.js';
export { nodeRequestOf, requestFacts, type HttpRequest } from './transports/http-request.js';
export { unknownTransport } from './transports/unknown-transport.js';
export { Transports } from './transports.js';
