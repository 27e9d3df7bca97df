import {
  Global,
  Module,
  type NestModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryModule, LazyModuleLoader, ModuleRef } from '@nestjs/core';
import { AUTHENTICATION_SETTINGS } from './authentication/index.js';
import {
  Application,
  authorizationProviders,
  Authz,
  BackgroundWork,
  CallRunner,
  CallScope,
  checkServedTransports,
  checkTransports,
  findHandlers,
  followNest,
  HandlerRules,
  refuseStrays,
  refuseUnfiltered,
  RequiredProviders,
  serveMetadata,
  StartLog,
  Transports,
  watchHybridApplications,
} from './authorization/index.js';
import { CHECKED_OPTIONS, ConfigurableModuleClass, optionsProviders } from './authz.module-definition.js';
import { TRANSPORTS } from './authz.transports.js';
import { Revocations } from './revocation/index.js';

/** If nothing injects one of these, no one can ask for the current caller, and requests skip the AsyncLocalStorage scope. */
const LEADING_TO_AUTHZ: ReadonlySet<unknown> = new Set([Authz, CallScope, ModuleRef, LazyModuleLoader]);

/**
 * Guards an application: every handler requires what its decorators state, and a handler without a decorator is refused.
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
  providers: [...optionsProviders(() => AuthzModule), ...authorizationProviders(CHECKED_OPTIONS, TRANSPORTS)],
  exports: [Authz, CallRunner, CallScope, Revocations, AUTHENTICATION_SETTINGS],
})
export class AuthzModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  private initialized: Promise<void> | undefined;

  /** @internal Created by Nest. */
  constructor(
    private readonly application: Application,
    private readonly scope: CallScope,
    private readonly transports: Transports,
    private readonly rules: HandlerRules,
    private readonly background: BackgroundWork,
    private readonly log: StartLog,
    private readonly required: RequiredProviders,
  ) {
    super();
    watchHybridApplications();
    followNest();
  }

  /** Called by Nest before it registers routes. */
  configure(): void {
    const { httpAdapter } = this.application;
    if (this.application.injects(LEADING_TO_AUTHZ, AuthzModule)) this.transports.followCalls(httpAdapter, this.scope);
    const { protectedResource } = this.background.settings;
    if (protectedResource !== undefined) serveMetadata(httpAdapter, protectedResource);
  }

  /** Runs once: Nest calls it again for each microservice of a hybrid application that is initialized by itself (`deferInitialization`). */
  onModuleInit(): Promise<void> {
    return (this.initialized ??= this.initialize());
  }

  async onApplicationBootstrap(): Promise<void> {
    refuseStrays(this.application.classes(), this.rules);
    await checkServedTransports(this.transports, this.application.modules);
    this.background.fetchOnceListening();
  }

  onModuleDestroy(): void {
    this.log.stop();
    this.background.stopFetching();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.background.stop();
  }

  private async initialize(): Promise<void> {
    await this.background.load();
    const { application, rules, transports } = this;
    const { modules, httpAdapter } = application;
    checkTransports(transports, { types: application.types(), modules, httpAdapter, rules });
    const found = findHandlers(application.classes(), rules);
    this.required.start(found.rules);
    refuseUnfiltered(found.rules, application.injects(LEADING_TO_AUTHZ, AuthzModule));
    this.log.begin(found);
  }
}
