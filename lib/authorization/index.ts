export type { AuthorizationOptions } from './authorization-options.interface.js';
export { askedTooLate } from './calls/asked-too-late.js';
export { AuthzRefusedException } from './refusals/authz-refused.exception.js';
export { AuthzLogger } from './authz-logger.js';
export { AuthzGuard } from './calls/authz.guard.js';
export { Authz } from './authz.js';
export type { CallerAuthz } from './questions/caller-authz.interface.js';
export type { PermissionReport, ReportedRule } from './questions/permission-report.js';
export { CallScope } from './calls/call-scope.js';
export { rememberNoCaller, rememberState, standingIn, stateOf, type Standing } from './calls/call-state.js';
export type { Call, CallHandling, CallState, RunningCall } from './calls/call.interface.js';
export type { CandidateStatistics } from './trial/candidate-mapping.js';
export { AccessToken } from './decorators/access-token.decorator.js';
export { Authenticated } from './decorators/authenticated.decorator.js';
export { AuthzMode } from './decorators/authz-mode.decorator.js';
export { ControlPlane } from './decorators/control-plane.decorator.js';
export { CurrentResource } from './decorators/current-resource.decorator.js';
export { Resource, type ResourceOptions } from './decorators/resource.decorator.js';
export { RequirePolicy } from './decorators/require-policy.decorator.js';
export { allOf, anyOf, not, type CombinedPolicies, type PolicyExpression } from './policies/policy-expression.js';
export type { AuthzPolicy, PolicyCall, PolicyClass } from './policies/authz-policy.interface.js';
export type { HandlerCall, ResourceCall, ResourceFunction, ResourceLoader } from './resources/resource-loader.interface.js';
export type { LoaderClass } from './resources/resource-rule.interface.js';
export { CurrentPermissions } from './decorators/current-permissions.decorator.js';
export { CurrentPrincipal } from './decorators/current-principal.decorator.js';
export { Filtered } from './decorators/filtered.decorator.js';
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
export { discardWrite } from './calls/discard-write.js';
export type { AuthzDiagnostics } from './diagnostics.js';
export type { EnforcementMode } from './requirements/enforcement-mode.js';
export { Application } from './start/application.js';
export { BackgroundWork } from './start/background-work.js';
export { refuseUnfiltered } from './start/refuse-unfiltered.js';
export { RequiredProviders } from './start/required-providers.js';
export { StartLog } from './start/start-log.js';
export { authorizationProviders } from './providers/authorization.providers.js';
export { checkInstallation } from './start/check-installation.js';
export { checkModules, refuseOtherGuard } from './start/check-modules.js';
export { markCopy, otherInjected, shareInjected } from './start/copy.js';
export { checkServedTransports, checkTransports } from './start/check-transports.js';
export { HandlerKinds } from './requirements/handler-kinds.js';
export { findHandlers, findMethods, findTypes, refuseStrays, type FoundMethod } from './requirements/find-handlers.js';
export { followNest } from './start/follow-nest.js';
export { followHandlers, type HandlerPlace } from './requirements/handler-places.js';
export { compileRequirement } from './requirements/compile-requirement.js';
export { classChain } from './requirements/decorated-targets.js';
export { FIRST_GUARD, type FirstGuard } from './calls/first-guard.js';
export { Gate, type GivenCaller } from './calls/gate.js';
export { HandlerRules } from './requirements/handler-rules.js';
export type { HandlerRule } from './requirements/handler-rule.interface.js';
export { watchHybridApplications } from './start/hybrid-applications.js';
export { OpenCalls } from './calls/open-calls.js';
export { PermissionResolver } from './calls/permission-resolver.js';
export { refusal, type Refusal } from './refusals/refusal.js';
export type { RefusalStatistics } from './refusals/refusal-counts.js';
export type { RefusalFacts } from './refusals/refusal-facts.interface.js';
export { refusalWords } from './refusals/refusal-words.js';
export { Refusals } from './refusals/refusals.js';
export { RepeatedWarnings } from './logs/repeated-warnings.js';
export type { ReportableReason } from './trial/report-also.js';
export type { ReportedHandler, ReportStatistics } from './trial/report-mode.js';
export { statementsOf, type Class, type RequirementDecorator } from './requirements/requirement-metadata.js';
export { serveMetadata } from './start/serve-metadata.js';
export type {
  AdmittedCall,
  CallArguments,
  HandlerFacts,
  HandlerKind,
  OpenCall,
  OpenCallWatch,
  Transport,
  TransportDescription,
} from './transports/transport.interface.js';
export type { TransportDefinition, WebFramework, StartingApplication } from './transports/transport-definition.interface.js';
export { CallRunner } from './calls/call-runner.js';
export { Transports } from './transports/transports.js';
