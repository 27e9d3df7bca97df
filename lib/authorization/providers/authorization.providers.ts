import type { InjectionToken, Provider } from '@nestjs/common';
import { ApplicationConfig, DiscoveryService, HttpAdapterHost, MetadataScanner, ModuleRef, ModulesContainer } from '@nestjs/core';
import {
  AUTHENTICATION_SETTINGS,
  Authenticator,
  DPOP_ALGORITHMS,
  Possession,
  TokenSources,
  type AuthenticationSettings,
} from '../../authentication/index.js';
import type { MappingStore } from '../../mapping/index.js';
import { parseRevocationSettings, Revocations, type RevocationOptions } from '../../revocation/index.js';
import type { AuthorizationOptions } from '../authorization-options.interface.js';
import { parseAuthorizationSettings, type AuthorizationSettings } from '../authorization-settings.js';
import { AuthzGuard } from '../calls/authz.guard.js';
import { CallDecisions, type CallFacts } from '../calls/call-decisions.js';
import { CallRunner } from '../calls/call-runner.js';
import { CallScope } from '../calls/call-scope.js';
import { CallerCheck } from '../calls/caller-check.js';
import { ConditionContext } from '../calls/condition-context.js';
import { FIRST_GUARD, guardFirst } from '../calls/first-guard.js';
import { Gate } from '../calls/gate.js';
import { MisfitLog } from '../calls/misfit-log.js';
import { OpenCalls } from '../calls/open-calls.js';
import { PermissionResolver } from '../calls/permission-resolver.js';
import { parseTransports } from '../transports/parse-transports.js';
import type { RegisteredTransport, TransportDefinition } from '../transports/transport-definition.interface.js';
import { openTransports, Transports } from '../transports/transports.js';
import { Authz } from '../authz.js';
import { AuthzLogger } from '../authz-logger.js';
import { Diagnostics } from '../diagnostics.js';
import { RepeatedWarnings } from '../logs/repeated-warnings.js';
import { revocationLog } from '../logs/revocation-log.js';
import { Policies } from '../policies/policies.js';
import { RefusalLog } from '../refusals/refusal-log.js';
import { Refusals } from '../refusals/refusals.js';
import { findMethods, type FoundMethod } from '../requirements/find-handlers.js';
import { HandlerKinds } from '../requirements/handler-kinds.js';
import { HandlerRules } from '../requirements/handler-rules.js';
import { Resources } from '../resources/resources.js';
import { Application } from '../start/application.js';
import { BackgroundWork } from '../start/background-work.js';
import { providerFinder } from '../start/find-provider.js';
import { RequiredProviders } from '../start/required-providers.js';
import { StartLog } from '../start/start-log.js';
import { CandidateMapping } from '../trial/candidate-mapping.js';
import { ReportMode } from '../trial/report-mode.js';
import { authenticationProviders } from './authentication.providers.js';
import { MAPPING_STORE, mappingProviders } from './mapping.providers.js';
import { tokenTerms } from './token-terms.js';

const AUTHORIZATION_SETTINGS = Symbol('authz:authorization-settings');
/** Injection token of the transports of this library and those of the application's own. */
const REGISTERED_TRANSPORTS = Symbol('authz:registered-transports');
/** Injection token of every method of every controller and provider, found once. */
const FOUND_METHODS = Symbol('authz:found-methods');

/** Injection token of what the application's own code adds to decisions. */
const CALL_FACTS = Symbol('authz:call-facts');

const logger = new AuthzLogger('Authz');

/**
 * Providers of everything that guards an application.
 * @param options Injection token of the checked options.
 * @param transports The transports of this library.
 */
export function authorizationProviders(options: InjectionToken, transports: readonly TransportDefinition[]): Provider[] {
  return [
    ...authenticationProviders(options),
    ...mappingProviders(options),
    { provide: AUTHORIZATION_SETTINGS, useFactory: parseAuthorizationSettings, inject: [options] },
    { provide: Revocations, useFactory: createRevocations, inject: [options, AUTHENTICATION_SETTINGS] },
    { provide: RepeatedWarnings, useFactory: () => new RepeatedWarnings((line) => logger.warn(line)) },
    {
      provide: REGISTERED_TRANSPORTS,
      useFactory: (given: AuthorizationOptions) => [...transports, ...parseTransports(given.transports, transports)],
      inject: [options],
    },
    made(HandlerKinds, [REGISTERED_TRANSPORTS]),
    made(HandlerRules, [AUTHORIZATION_SETTINGS, HandlerKinds]),
    made(ReportMode, [RepeatedWarnings, AUTHORIZATION_SETTINGS]),
    {
      provide: RefusalLog,
      useFactory: createRefusalLog,
      inject: [AUTHORIZATION_SETTINGS, AUTHENTICATION_SETTINGS, Authenticator, MAPPING_STORE],
    },
    { provide: Refusals, useFactory: createRefusals, inject: [AUTHENTICATION_SETTINGS, RefusalLog] },
    made(Diagnostics, [Authenticator, MAPPING_STORE, CandidateMapping, Revocations, ReportMode, RefusalLog]),
    { provide: FOUND_METHODS, useFactory: findMethods, inject: [DiscoveryService, MetadataScanner] },
    CallScope,
    CallRunner,
    { provide: OpenCalls, useFactory: createOpenCalls, inject: [Revocations, Refusals, AUTHENTICATION_SETTINGS] },
    {
      provide: Transports,
      useFactory: createTransports,
      inject: [
        REGISTERED_TRANSPORTS,
        FOUND_METHODS,
        CallScope,
        OpenCalls,
        ModulesContainer,
        ApplicationConfig,
        TokenSources,
        Refusals,
      ],
    },
    made(CallerCheck, [Authenticator, Possession, Revocations, RepeatedWarnings]),
    { provide: CALL_FACTS, useFactory: createCallFacts, inject: [AUTHORIZATION_SETTINGS, ModuleRef, RepeatedWarnings] },
    made(CallDecisions, [PermissionResolver, ReportMode, CandidateMapping, RepeatedWarnings, CALL_FACTS]),
    { provide: RequiredProviders, useFactory: (facts: CallFacts) => new RequiredProviders(facts), inject: [CALL_FACTS] },
    made(Gate, [CallerCheck, CallDecisions, Refusals, OpenCalls]),
    made(Application, [ModulesContainer, DiscoveryService, HttpAdapterHost]),
    made(BackgroundWork, [Authenticator, PermissionResolver, MAPPING_STORE, CandidateMapping, Revocations, FIRST_GUARD]),
    made(StartLog, [AUTHENTICATION_SETTINGS, MAPPING_STORE, Revocations, ReportMode]),
    made(Authz, [CallScope, PermissionResolver, Refusals, Diagnostics, Revocations, OpenCalls, MAPPING_STORE, CALL_FACTS]),
    AuthzGuard,
    // Receives AuthzGuard by injection, so that a test can override it.
    { provide: FIRST_GUARD, useFactory: guardFirst, inject: [ApplicationConfig, AuthzGuard, Transports] },
  ];
}

/** Provides a class without decorators. @param inject Injection tokens of its constructor's parameters. */
function made<Parts extends readonly unknown[]>(
  type: new (...parts: Parts) => object,
  inject: { readonly [Index in keyof Parts]: InjectionToken },
): Provider {
  return { provide: type, useFactory: (...parts: unknown[]) => new type(...(parts as unknown as Parts)), inject: [...inject] };
}

function createCallFacts(
  { conditionContext, resourceTimeoutMs, policyTimeoutMs }: AuthorizationSettings,
  modules: ModuleRef,
  warnings: RepeatedWarnings,
): CallFacts {
  const find = providerFinder(modules);
  return {
    context: new ConditionContext(conditionContext, warnings),
    resources: new Resources(find, resourceTimeoutMs, warnings),
    policies: new Policies(find, policyTimeoutMs, warnings),
    misfits: new MisfitLog((line) => logger.warn(line)),
  };
}

function createRevocations({ revocation }: RevocationOptions, authentication: AuthenticationSettings): Revocations {
  return new Revocations(parseRevocationSettings(revocation, tokenTerms(authentication)), revocationLog(logger));
}

function createOpenCalls(revocations: Revocations, refusals: Refusals, { limits }: AuthenticationSettings): OpenCalls {
  return new OpenCalls(revocations, refusals, limits.clockToleranceSeconds);
}

function createTransports(
  registered: readonly RegisteredTransport[],
  methods: readonly FoundMethod[],
  scope: CallScope,
  open: OpenCalls,
  modules: ModulesContainer,
  config: ApplicationConfig,
  sources: TokenSources,
  refusals: Refusals,
): Promise<Transports> {
  return openTransports(registered, { methods, scope, open, modules, config, sources, refusals });
}

function createRefusals({ dpop, protectedResource }: AuthenticationSettings, log: RefusalLog): Refusals {
  const challenges = {
    resourceMetadata: protectedResource?.url,
    dpop: dpop && { algorithms: DPOP_ALGORITHMS, required: dpop === 'required' },
  };
  return new Refusals(challenges, log);
}

function createRefusalLog(
  { logRefusals }: AuthorizationSettings,
  { tokenFrom }: AuthenticationSettings,
  authenticator: Authenticator,
  mapping: MappingStore | undefined,
): RefusalLog {
  const issuer = (name: string) => authenticator.settingsOf(name);
  return new RefusalLog(logRefusals, { mapping: () => mapping?.current, issuer, tokenFrom });
}
