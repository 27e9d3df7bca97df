import {
  Global,
  Inject,
  Module,
  type NestModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, HttpAdapterHost, LazyModuleLoader, ModuleRef, ModulesContainer } from '@nestjs/core';
import { AUTHENTICATION_SETTINGS, Authenticator } from './authentication/index.js';
import {
  Authz,
  AuthzLogger,
  CallScope,
  CandidateMapping,
  checkEntrances,
  findClasses,
  findHandlers,
  findTypes,
  FIRST_GUARD,
  followNest,
  HandlerRules,
  isInjected,
  OpenCalls,
  PermissionResolver,
  refuseStrays,
  ReportMode,
  RetirementWarnings,
  serveMetadata,
  startReport,
  Transports,
  ungranted,
  watchHybridApplications,
  type FirstGuard,
  type HandlerRule,
} from './authorization/index.js';
import { ConfigurableModuleClass, optionsProviders } from './authz.module-definition.js';
import { MappingStore } from './mapping/index.js';
import { Revocations } from './revocation/index.js';
import { checkGraphql, guardGraphqlSchemas } from './transports/graphql/index.js';
import { followRequests } from './transports/http/index.js';
import { MAPPING_STORE, PROVIDERS } from './authz.module-providers.js';

/** Whoever is given one of these may ask for the current caller. Where nobody is, requests are spared the cost of being found. */
const LEADING_TO_AUTHZ: ReadonlySet<unknown> = new Set([Authz, CallScope, ModuleRef, LazyModuleLoader]);

const logger = new AuthzLogger('Authz');

/**
 * Guards an application: every route asks for what its decorators say, and a route without any is closed.
 *
 * @example
 * AuthzModule.forRoot({
 *   issuer: auth0({ domain: 'acme.eu.auth0.com' }),
 *   audience: 'https://orders.acme.com',
 *   mapping: { roles: { viewer: ['orders:read'] } },
 * })
 */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [...optionsProviders(() => AuthzModule), ...PROVIDERS],
  exports: [Authz, CallScope, Revocations, AUTHENTICATION_SETTINGS],
})
export class AuthzModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  private initialised: Promise<void> | undefined;
  private start: NodeJS.Immediate | undefined;
  private retirement: RetirementWarnings | undefined;

  /** @internal Created by Nest. */
  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly scope: CallScope,
    private readonly transports: Transports,
    private readonly open: OpenCalls,
    private readonly authenticator: Authenticator,
    private readonly permissions: PermissionResolver,
    private readonly revocations: Revocations,
    private readonly rules: HandlerRules,
    private readonly reportMode: ReportMode,
    private readonly discovery: DiscoveryService,
    private readonly modules: ModulesContainer,
    @Inject(MAPPING_STORE) private readonly mapping: MappingStore | undefined,
    @Inject(CandidateMapping) private readonly candidate: CandidateMapping | undefined,
    @Inject(FIRST_GUARD) private readonly guard: FirstGuard,
  ) {
    super();
    watchHybridApplications();
    followNest();
  }

  /** Called by Nest before routes are registered. */
  configure(): void {
    const { httpAdapter } = this.adapters;
    if (isInjected(LEADING_TO_AUTHZ, this.modules, AuthzModule)) followRequests(httpAdapter, this.scope);
    const { protectedResource } = this.authenticator.settings;
    if (protectedResource !== undefined) serveMetadata(httpAdapter, protectedResource);
  }

  /** Once: Nest calls it again for each microservice of a hybrid application that is initialised by itself (`deferInitialization`). */
  onModuleInit(): Promise<void> {
    return (this.initialised ??= this.initialise());
  }

  /** Keys and the candidate mapping are fetched once the application listens, beside its first requests: no start waits for them. */
  async onApplicationBootstrap(): Promise<void> {
    refuseStrays(findClasses(this.modules), this.rules);
    await guardGraphqlSchemas(this.modules);
    this.start ??= setImmediate(() => {
      if (this.guard.readsTokens) this.authenticator.start((fault) => logger.error(fault));
      this.candidate?.start();
    });
  }

  onModuleDestroy(): void {
    clearImmediate(this.start);
    this.retirement?.stop();
    this.authenticator.stop();
    this.mapping?.stop();
    this.candidate?.stop();
    this.revocations.expectEnd();
  }

  /** Once no request comes any more: until then a session may end. */
  async onApplicationShutdown(): Promise<void> {
    this.open.stop();
    await this.revocations.stop();
  }

  private async initialise(): Promise<void> {
    await Promise.all([this.permissions.start(), this.revocations.start()]);
    const { httpAdapter } = this.adapters;
    checkEntrances({ types: findTypes(this.discovery), modules: this.modules, httpAdapter, transports: this.transports });
    checkGraphql(this.modules, this.rules);
    const found = findHandlers(findClasses(this.modules), this.rules);
    this.reportMode.start(found.rules);
    const { summary, warnings } = startReport(
      found,
      this.authenticator.settings,
      this.mapping,
      this.revocations.origin,
      this.reportMode.settings.reportAlso,
    );
    logger.log(summary);
    for (const warning of warnings) logger.warn(warning);
    if (this.mapping?.current === undefined) warnOnceItIsThere(found.rules, this.mapping);
    this.retirement = new RetirementWarnings(this.authenticator.settings.issuers, (warning) => logger.warn(warning));
    this.retirement.start();
  }
}

/** What the start could not compare with a mapping that had not come. */
function warnOnceItIsThere(handlers: readonly HandlerRule[], mapping: MappingStore | undefined): void {
  const end = mapping?.subscribe(() => {
    if (mapping.current === undefined) return;
    end?.();
    for (const warning of ungranted(handlers, mapping.current)) logger.warn(warning);
  });
}
