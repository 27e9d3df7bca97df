import type { Provider } from '@nestjs/common';
import { ApplicationConfig, DiscoveryService, MetadataScanner, ModuleRef, ModulesContainer } from '@nestjs/core';
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
  createAuthenticator,
  Diagnostics,
  findMappingProvider,
  findMethods,
  FIRST_GUARD,
  Gate,
  guardFirst,
  HandlerRules,
  isMessageHandler,
  mappingLog,
  OpenCalls,
  parseAuthorizationSettings,
  parseCandidate,
  PermissionResolver,
  RefusalLog,
  Refusals,
  RepeatedWarnings,
  ReportMode,
  revocationLog,
  Transports,
  type AuthorizationSettings,
  type FoundMethod,
} from './authorization/index.js';
import type { AuthzModuleOptions } from './authz-module-options.interface.js';
import { CHECKED_OPTIONS } from './authz.module-definition.js';
import { MappingStore, parseMappingOptions, type MappingSettings } from './mapping/index.js';
import { parseRevocationSettings, Revocations } from './revocation/index.js';
import { followGraphql, GraphqlTransport } from './transports/graphql/index.js';
import { httpTransportReading } from './transports/http/index.js';
import { tokenTerms } from './token-terms.js';

const AUTHORIZATION_SETTINGS = Symbol('authz:authorization-settings');
const MAPPING_SETTINGS = Symbol('authz:mapping-settings');
/** Every method of every controller and provider, looked for once. */
const FOUND_METHODS = Symbol('authz:found-methods');
/** Injection token of the store of the mapping held here; `undefined` where the application has a provider of its own. */
export const MAPPING_STORE = Symbol('authz:mapping-store');

const logger = new AuthzLogger('Authz');

/** What AuthzModule is made of, beside its checked options. */
export const PROVIDERS: readonly Provider[] = [
  { provide: AUTHENTICATION_SETTINGS, useFactory: parseAuthenticationSettings, inject: [CHECKED_OPTIONS] },
  {
    provide: MAPPING_SETTINGS,
    useFactory: ({ mapping }: AuthzModuleOptions) => parseMappingOptions(mapping),
    inject: [CHECKED_OPTIONS],
  },
  { provide: MAPPING_STORE, useFactory: loadMapping, inject: [MAPPING_SETTINGS] },
  { provide: Revocations, useFactory: createRevocations, inject: [CHECKED_OPTIONS, AUTHENTICATION_SETTINGS] },
  { provide: AUTHORIZATION_SETTINGS, useFactory: parseAuthorizationSettings, inject: [CHECKED_OPTIONS] },
  {
    provide: HandlerRules,
    useFactory: (settings: AuthorizationSettings) => new HandlerRules(settings),
    inject: [AUTHORIZATION_SETTINGS],
  },
  { provide: RepeatedWarnings, useFactory: () => new RepeatedWarnings((line) => logger.warn(line)) },
  { provide: CandidateMapping, useFactory: createCandidate, inject: [CHECKED_OPTIONS, RepeatedWarnings] },
  {
    provide: ReportMode,
    useFactory: (settings: AuthorizationSettings, warnings: RepeatedWarnings) => new ReportMode(warnings, settings),
    inject: [AUTHORIZATION_SETTINGS, RepeatedWarnings],
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
    inject: [AUTHORIZATION_SETTINGS, AUTHENTICATION_SETTINGS, Authenticator, MAPPING_STORE],
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
  { provide: FIRST_GUARD, useFactory: guardFirst, inject: [ApplicationConfig, AuthzGuard, Transports] },
];

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
    const { openMicroservices } = await import('./transports/microservices/open-microservices.js');
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
  { logRefusals }: AuthorizationSettings,
  { tokenFrom }: AuthenticationSettings,
  authenticator: Authenticator,
  mapping: MappingStore | undefined,
): RefusalLog {
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
