import {
  Global,
  Inject,
  Logger,
  Module,
  type NestModule,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { APP_GUARD, DiscoveryModule, DiscoveryService, HttpAdapterHost, MetadataScanner, ModuleRef } from '@nestjs/core';
import {
  AUTHENTICATION_SETTINGS,
  Authenticator,
  DPOP_ALGORITHMS,
  IssuerDirectory,
  IssuerVerifier,
  keySource,
  KeyStore,
  parseAuthenticationSettings,
  Possession,
  TOKEN_BUDGET_BYTES,
  type AuthenticationSettings,
  type IssuerSettings,
  type KeyEvent,
} from './authentication/index.js';
import {
  Authz,
  AuthzGuard,
  findHandlers,
  findMappingProvider,
  HandlerRequirements,
  parseAuthorizationSettings,
  PermissionResolver,
  Refusals,
  RequestScope,
  retirementWarnings,
  serveMetadata,
  startReport,
} from './authorization/index.js';
import { OPTION_NAMES, type AuthzModuleOptions } from './authz-module-options.interface.js';
import { AUTHZ_MODULE_OPTIONS, ConfigurableModuleClass } from './authz.module-definition.js';
import { AuthzConfigError, isRecord, refuseUnknownMembers, shown } from './core/index.js';
import { MappingStore, parseMappingOptions, type MappingEvent, type MappingSettings } from './mapping/index.js';

const CHECKED_OPTIONS = Symbol('authz:checked-options');
const MAPPING_SETTINGS = Symbol('authz:mapping-settings');
/** The store of the mapping held here; `undefined` where the application has a provider of its own. */
const MAPPING_STORE = Symbol('authz:mapping-store');

const logger = new Logger('Authz');

const PROVIDERS: Provider[] = [
  { provide: CHECKED_OPTIONS, useFactory: checkOptions, inject: [AUTHZ_MODULE_OPTIONS] },
  { provide: AUTHENTICATION_SETTINGS, useFactory: parseAuthenticationSettings, inject: [CHECKED_OPTIONS] },
  {
    provide: MAPPING_SETTINGS,
    useFactory: ({ mapping }: AuthzModuleOptions) => parseMappingOptions(mapping),
    inject: [CHECKED_OPTIONS],
  },
  { provide: MAPPING_STORE, useFactory: loadMapping, inject: [MAPPING_SETTINGS] },
  {
    provide: HandlerRequirements,
    useFactory: (options: AuthzModuleOptions) => new HandlerRequirements(parseAuthorizationSettings(options)),
    inject: [CHECKED_OPTIONS],
  },
  { provide: Authenticator, useFactory: createAuthenticator, inject: [AUTHENTICATION_SETTINGS] },
  { provide: Possession, useFactory: createPossession, inject: [AUTHENTICATION_SETTINGS] },
  { provide: Refusals, useFactory: createRefusals, inject: [AUTHENTICATION_SETTINGS] },
  { provide: PermissionResolver, useFactory: createResolver, inject: [MAPPING_SETTINGS, MAPPING_STORE, ModuleRef] },
  RequestScope,
  Authz,
  AuthzGuard,
  // By useExisting, so that a test can override AuthzGuard.
  { provide: APP_GUARD, useExisting: AuthzGuard },
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
@Module({ imports: [DiscoveryModule], providers: PROVIDERS, exports: [Authz] })
export class AuthzModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationBootstrap, OnModuleDestroy
{
  private keysStart: NodeJS.Immediate | undefined;

  /** @internal Created by Nest. */
  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly scope: RequestScope,
    private readonly authenticator: Authenticator,
    private readonly permissions: PermissionResolver,
    private readonly requirements: HandlerRequirements,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    @Inject(MAPPING_STORE) private readonly mapping: MappingStore | undefined,
  ) {
    super();
  }

  /** Called by Nest before routes are registered. */
  configure(): void {
    const { httpAdapter } = this.adapters;
    this.scope.mount(httpAdapter);
    const { protectedResource } = this.authenticator.settings;
    if (protectedResource !== undefined) serveMetadata(httpAdapter, protectedResource);
  }

  async onModuleInit(): Promise<void> {
    await this.permissions.start();
    const handlers = findHandlers(this.discovery, this.scanner, this.requirements);
    const mapping = { source: this.mapping?.name ?? "the application's provider", snapshot: this.mapping?.current };
    const { summary, warnings } = startReport(handlers, this.authenticator.settings, mapping);
    logger.log(summary);
    for (const warning of [...warnings, ...retirementWarnings(this.authenticator.settings.issuers, Date.now())])
      logger.warn(warning);
  }

  /** Keys are fetched once the application listens, beside its first requests: nothing waits for an issuer to start. */
  onApplicationBootstrap(): void {
    this.keysStart = setImmediate(() => this.authenticator.start());
  }

  onModuleDestroy(): void {
    clearImmediate(this.keysStart);
    this.authenticator.stop();
    this.mapping?.stop();
  }
}

function checkOptions(options: unknown): AuthzModuleOptions {
  if (!isRecord(options))
    throw new AuthzConfigError(
      'AUTHZ_OPTIONS',
      `AuthzModule needs an options object { issuer, audience, mapping }, got ${shown(options)}.`,
    );
  refuseUnknownMembers(options, OPTION_NAMES, 'AuthzModule');
  return options as unknown as AuthzModuleOptions;
}

async function loadMapping(settings: MappingSettings): Promise<MappingStore | undefined> {
  if (!('source' in settings)) return undefined;
  const store = new MappingStore(settings.source, logMappingEvent);
  await store.start();
  return store;
}

function createAuthenticator(settings: AuthenticationSettings): Authenticator {
  const issuers = new IssuerDirectory(settings.issuers, settings.resolver, createVerifier, (error) =>
    logger.warn(`The issuers cannot be looked up: ${messageOf(error)}`),
  );
  return new Authenticator(settings, issuers, (issuer, bytes, roles) =>
    logger.warn(
      `A token of ${issuer} has ${bytes} bytes with ${roles} roles, more than the ${TOKEN_BUDGET_BYTES} that leave room for other headers. ` +
        `See "Token size" in the documentation of the room authentication.`,
    ),
  );
}

/** Keys held for the issuer go on: settings read anew from a resolver do not fetch them again. */
function createVerifier(settings: IssuerSettings, before: IssuerVerifier | undefined): IssuerVerifier {
  if (settings.legacy !== undefined) return new IssuerVerifier(settings, undefined);
  if (before?.keys !== undefined && isSameLocation(before.settings, settings))
    return new IssuerVerifier(settings, before.keys, before.statistics);
  before?.stop();
  const keys = new KeyStore(keySource(settings), {
    maxStaleMs: settings.jwks === undefined ? settings.jwksMaxStaleSeconds * 1000 : Infinity,
    report: (event) => logKeyEvent(settings.issuer, event),
  });
  return new IssuerVerifier(settings, keys, before?.statistics);
}

function isSameLocation(a: IssuerSettings, b: IssuerSettings): boolean {
  return (
    a.jwksUri === b.jwksUri &&
    a.jwksFile === b.jwksFile &&
    a.jwksMaxStaleSeconds === b.jwksMaxStaleSeconds &&
    JSON.stringify(a.jwks) === JSON.stringify(b.jwks)
  );
}

function createPossession({ dpop, protectedResource }: AuthenticationSettings): Possession {
  return new Possession(dpop, protectedResource?.resource);
}

function createRefusals({ dpop, protectedResource }: AuthenticationSettings): Refusals {
  return new Refusals({
    resourceMetadata: protectedResource?.url,
    dpop: dpop && { algorithms: DPOP_ALGORITHMS, required: dpop === 'required' },
  });
}

function createResolver(settings: MappingSettings, store: MappingStore | undefined, modules: ModuleRef): PermissionResolver {
  const find = () => ('provider' in settings ? findMappingProvider(settings.provider, modules) : held(store));
  return new PermissionResolver(find, settings.timeoutMs);
}

function held(store: MappingStore | undefined): MappingStore {
  if (store === undefined) throw new Error('A mapping that is held here has a store.');
  return store;
}

function logMappingEvent(event: MappingEvent): void {
  if (event.kind === 'changed') logger.log(`The mapping from ${event.source} is now revision ${event.revision}`);
  else logger.error(`The mapping stays at revision ${event.revision}. ${messageOf(event.error)}`);
}

function logKeyEvent(issuer: string, event: KeyEvent): void {
  switch (event.kind) {
    case 'loaded':
      logger.debug(`Holding ${event.keys} keys of ${issuer}`);
      break;
    case 'recalled':
      logger.log(`Holding ${event.keys} keys of ${issuer}, kept on disk ${event.ageSeconds} s ago, until they are fetched`);
      break;
    case 'file_failed':
      logger.warn(`The keys of ${issuer} cannot be kept on disk: ${messageOf(event.error)}`);
      break;
    case 'failed':
      logger.warn(`The keys of ${issuer} cannot be fetched: ${consequence(event.keysHeld)}. ${messageOf(event.error)}`);
  }
}

function consequence(keysHeld: number): string {
  return keysHeld > 0 ? `the ${keysHeld} keys held stay in use` : 'no key is held, so tokens are answered 503';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : shown(error);
}
