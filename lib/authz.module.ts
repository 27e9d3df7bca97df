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
  Authenticator,
  ISSUER_SETTINGS,
  keySetFetcher,
  KeyStore,
  parseIssuerSettings,
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
  RequestScope,
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
  { provide: ISSUER_SETTINGS, useFactory: parseIssuerSettings, inject: [CHECKED_OPTIONS] },
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
  { provide: Authenticator, useFactory: createAuthenticator, inject: [ISSUER_SETTINGS] },
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
    this.scope.mount(this.adapters.httpAdapter);
  }

  async onModuleInit(): Promise<void> {
    await this.permissions.start();
    const handlers = findHandlers(this.discovery, this.scanner, this.requirements);
    const mapping = { source: this.mapping?.name ?? "the application's provider", snapshot: this.mapping?.current };
    const { summary, warnings } = startReport(handlers, this.authenticator.settings, mapping);
    logger.log(summary);
    for (const warning of warnings) logger.warn(warning);
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

function createAuthenticator(settings: IssuerSettings): Authenticator {
  return new Authenticator(settings, new KeyStore(keySetFetcher(settings), (event) => logKeyEvent(settings.issuer, event)));
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
  if (event.kind === 'loaded') {
    logger.debug(`Holding ${event.keys} keys of ${issuer}`);
    return;
  }
  const consequence =
    event.keysHeld > 0 ? `the ${event.keysHeld} keys held stay in use` : 'no key is held, so tokens are answered 503';
  logger.warn(`The keys of ${issuer} cannot be fetched: ${consequence}. ${messageOf(event.error)}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : shown(error);
}
