import {
  Global,
  Inject,
  Module,
  type NestModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import {
  ApplicationConfig,
  DiscoveryModule,
  DiscoveryService,
  HttpAdapterHost,
  LazyModuleLoader,
  MetadataScanner,
  ModuleRef,
  ModulesContainer,
} from '@nestjs/core';
import {
  AUTHENTICATION_SETTINGS,
  Authenticator,
  DPOP_ALGORITHMS,
  parseAuthenticationSettings,
  Possession,
  TokenSources,
  type AuthenticationSettings,
} from './authentication/index.js';
import {
  Authz,
  AuthzGuard,
  AuthzLogger,
  CallScope,
  CandidateMapping,
  checkEntrances,
  checkGraphql,
  createAuthenticator,
  guardGraphqlSchemas,
  Diagnostics,
  findClasses,
  findHandlers,
  findMappingProvider,
  findMethods,
  findTypes,
  FIRST_GUARD,
  Gate,
  guardFirst,
  followGraphql,
  followNest,
  GraphqlTransport,
  HandlerRules,
  httpTransportReading,
  isInjected,
  isMessageHandler,
  mappingLog,
  OpenCalls,
  parseAuthorizationSettings,
  parseCandidate,
  PermissionResolver,
  RefusalLog,
  Refusals,
  refuseStrays,
  RepeatedWarnings,
  ReportMode,
  RetirementWarnings,
  revocationLog,
  serveMetadata,
  startReport,
  Transports,
  ungranted,
  watchHybridApplications,
  type FirstGuard,
  type FoundMethod,
  type HandlerRule,
} from './authorization/index.js';
import type { AuthzModuleOptions } from './authz-module-options.interface.js';
import { CHECKED_OPTIONS, ConfigurableModuleClass, optionsProviders } from './authz.module-definition.js';
import { MappingStore, parseMappingOptions, type MappingSettings } from './mapping/index.js';
import { parseRevocationSettings, Revocations } from './revocation/index.js';
import { tokenTerms } from './token-terms.js';

const MAPPING_SETTINGS = Symbol('authz:mapping-settings');
/** Every method of every controller and provider, looked for once. */
const FOUND_METHODS = Symbol('authz:found-methods');
/** The store of the mapping held here; `undefined` where the application has a provider of its own. */
const MAPPING_STORE = Symbol('authz:mapping-store');

/** Whoever is given one of these may ask for the current caller. Where nobody is, requests are spared the cost of being found. */
const LEADING_TO_AUTHZ: ReadonlySet<unknown> = new Set([Authz, CallScope, ModuleRef, LazyModuleLoader]);

const logger = new AuthzLogger('Authz');

const PROVIDERS: Provider[] = [
  ...optionsProviders(() => AuthzModule),
  { provide: AUTHENTICATION_SETTINGS, useFactory: parseAuthenticationSettings, inject: [CHECKED_OPTIONS] },
  {
    provide: MAPPING_SETTINGS,
    useFactory: ({ mapping }: AuthzModuleOptions) => parseMappingOptions(mapping),
    inject: [CHECKED_OPTIONS],
  },
  { provide: MAPPING_STORE, useFactory: loadMapping, inject: [MAPPING_SETTINGS] },
  { provide: Revocations, useFactory: createRevocations, inject: [CHECKED_OPTIONS, AUTHENTICATION_SETTINGS] },
  {
    provide: HandlerRules,
    useFactory: (options: AuthzModuleOptions) => new HandlerRules(parseAuthorizationSettings(options)),
    inject: [CHECKED_OPTIONS],
  },
  { provide: RepeatedWarnings, useFactory: () => new RepeatedWarnings((line) => logger.warn(line)) },
  { provide: CandidateMapping, useFactory: createCandidate, inject: [CHECKED_OPTIONS, RepeatedWarnings] },
  {
    provide: ReportMode,
    useFactory: (options: AuthzModuleOptions, warnings: RepeatedWarnings) =>
      new ReportMode(warnings, parseAuthorizationSettings(options)),
    inject: [CHECKED_OPTIONS, RepeatedWarnings],
  },
  {
    provide: TokenSources,
    useFactory: ({ tokenFrom }: AuthenticationSettings, warnings: RepeatedWarnings) =>
      new TokenSources(tokenFrom, (line, kind) => warnings.tell(line, kind)),
    inject: [AUTHENTICATION_SETTINGS, RepeatedWarnings],
  },
  {
    provide: Authenticator,
    useFactory: (settings: AuthenticationSettings) => createAuthenticator(settings, logger),
    inject: [AUTHENTICATION_SETTINGS],
  },
  { provide: Possession, useFactory: createPossession, inject: [AUTHENTICATION_SETTINGS] },
  {
    provide: RefusalLog,
    useFactory: createRefusalLog,
    inject: [CHECKED_OPTIONS, AUTHENTICATION_SETTINGS, Authenticator, MAPPING_STORE],
  },
  { provide: Refusals, useFactory: createRefusals, inject: [AUTHENTICATION_SETTINGS, RefusalLog] },
  { provide: PermissionResolver, useFactory: createResolver, inject: [MAPPING_SETTINGS, MAPPING_STORE, ModuleRef] },
  {
    provide: Diagnostics,
    useFactory: (...parts: ConstructorParameters<typeof Diagnostics>) => new Diagnostics(...parts),
    inject: [Authenticator, MAPPING_STORE, CandidateMapping, Revocations, ReportMode, RefusalLog],
  },
  { provide: FOUND_METHODS, useFactory: findMethods, inject: [DiscoveryService, MetadataScanner] },
  CallScope,
  { provide: OpenCalls, useFactory: createOpenCalls, inject: [Revocations, Refusals, AUTHENTICATION_SETTINGS] },
  {
    provide: Transports,
    useFactory: createTransports,
    inject: [FOUND_METHODS, CallScope, OpenCalls, ModulesContainer, ApplicationConfig, TokenSources, Refusals],
  },
  {
    provide: Gate,
    useFactory: (...parts: ConstructorParameters<typeof Gate>) => new Gate(...parts),
    inject: [
      Authenticator,
      Possession,
      Revocations,
      PermissionResolver,
      Refusals,
      ReportMode,
      RepeatedWarnings,
      CandidateMapping,
      OpenCalls,
    ],
  },
  Authz,
  AuthzGuard,
  // Given AuthzGuard, so that a test can override it.
  { provide: FIRST_GUARD, useFactory: guardFirst, inject: [ApplicationConfig, AuthzGuard] },
];

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
@Module({ imports: [DiscoveryModule], providers: PROVIDERS, exports: [Authz, CallScope, Revocations, AUTHENTICATION_SETTINGS] })
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
    if (isInjected(LEADING_TO_AUTHZ, this.modules, AuthzModule)) this.scope.mount(httpAdapter);
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

async function loadMapping(settings: MappingSettings): Promise<MappingStore | undefined> {
  if (!('source' in settings)) return undefined;
  const store = new MappingStore(settings.source);
  const log = mappingLog(logger, 'mapping');
  // Which mapping it starts with says the start report.
  const end = store.subscribe((event) => event.kind !== 'changed' && log(event));
  await store.start();
  end();
  store.subscribe(log);
  return store;
}

function createRevocations({ revocation }: AuthzModuleOptions, authentication: AuthenticationSettings): Revocations {
  return new Revocations(parseRevocationSettings(revocation, tokenTerms(authentication)), revocationLog(logger));
}

/** What the start could not compare with a mapping that had not come. */
function warnOnceItIsThere(handlers: readonly HandlerRule[], mapping: MappingStore | undefined): void {
  const end = mapping?.subscribe(() => {
    if (mapping.current === undefined) return;
    end?.();
    for (const warning of ungranted(handlers, mapping.current)) logger.warn(warning);
  });
}

function createCandidate(options: AuthzModuleOptions, warnings: RepeatedWarnings): CandidateMapping | undefined {
  const source = parseCandidate(options);
  return source && new CandidateMapping(source, mappingLog(logger, 'candidate mapping'), warnings);
}

/** The rooms of transports that not every application has are loaded where it has handlers for them. */
async function createTransports(
  methods: readonly FoundMethod[],
  scope: CallScope,
  open: OpenCalls,
  modules: ModulesContainer,
  config: ApplicationConfig,
  sources: TokenSources,
  refusals: Refusals,
): Promise<Transports> {
  const graphql = followGraphql(modules, config, scope, new GraphqlTransport(sources, refusals));
  const transports = new Transports().add('http', httpTransportReading(sources)).add('graphql', graphql);
  const messages = methods.filter(({ method }) => isMessageHandler(method));
  if (messages.length > 0) {
    // Not by the entry point: that imports @nestjs/microservices, which an application may lack.
    const { openMicroservices } = await import('./microservices/open-microservices.js');
    await openMicroservices(messages, { transports, scope, open, modules, sources });
  }
  return transports;
}

function createOpenCalls(revocations: Revocations, refusals: Refusals, { limits }: AuthenticationSettings): OpenCalls {
  return new OpenCalls(revocations, refusals, limits.clockToleranceSeconds);
}

function createPossession({ dpop, protectedResource }: AuthenticationSettings): Possession {
  return new Possession(dpop, protectedResource?.resource);
}

function createRefusals({ dpop, protectedResource }: AuthenticationSettings, log: RefusalLog): Refusals {
  const challenges = {
    resourceMetadata: protectedResource?.url,
    dpop: dpop && { algorithms: DPOP_ALGORITHMS, required: dpop === 'required' },
  };
  return new Refusals(challenges, log);
}

function createRefusalLog(
  options: AuthzModuleOptions,
  { tokenFrom }: AuthenticationSettings,
  authenticator: Authenticator,
  mapping: MappingStore | undefined,
): RefusalLog {
  const { logRefusals } = parseAuthorizationSettings(options);
  const issuer = (name: string) => authenticator.settingsOf(name);
  return new RefusalLog(logRefusals, { mapping: () => mapping?.current, issuer, tokenFrom });
}

function createResolver(settings: MappingSettings, store: MappingStore | undefined, modules: ModuleRef): PermissionResolver {
  const find = () => ('provider' in settings ? findMappingProvider(settings.provider, modules) : held(store));
  return new PermissionResolver(find, settings.timeoutMs);
}

function held(store: MappingStore | undefined): MappingStore {
  if (store === undefined) throw new Error('A mapping that is held here has a store.');
  return store;
}
