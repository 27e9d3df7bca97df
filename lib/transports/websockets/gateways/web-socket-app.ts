import type { INestApplicationContext, Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { AUTHENTICATION_SETTINGS, TokenSources, type AuthenticationSettings } from '../../../authentication/index.js';
import {
  CallScope,
  FIRST_GUARD,
  HandlerRules,
  OpenCalls,
  refuseOtherGuard,
  Refusals,
  Transports,
  type FirstGuard,
} from '../../../authorization/index.js';
import { AuthzConfigError } from '../../../core/index.js';

/** The parts of the application that guarding WebSockets needs. */
export interface WebSocketApp {
  readonly guard: FirstGuard;
  readonly rules: HandlerRules;
  readonly refusals: Refusals;
  readonly transports: Transports;
  readonly open: OpenCalls;
  readonly scope: CallScope;
  readonly settings: AuthenticationSettings;
  readonly sources: TokenSources;
  readonly discovery: DiscoveryService;
  readonly scanner: MetadataScanner;
}

/** @throws AuthzConfigError if the application has no AuthzModule. */
export function webSocketApp(app: INestApplicationContext): WebSocketApp {
  // Searched by hand: `app.get()` of a missing provider ends the process in an application of NestFactory, with Nest's own message.
  const modules = [...app.get(ModulesContainer).values()];
  if (!modules.some(({ providers }) => providers.has(FIRST_GUARD))) {
    refuseOtherGuard(app.get(ModulesContainer), 'guardedWebSockets()');
    throw new AuthzConfigError(
      'AUTHZ_MODULE_MISSING',
      'guardedWebSockets(app, adapter) needs AuthzModule in the application. Add AuthzModule.forRoot({ ... }) to the imports of its root module.',
    );
  }
  const get = <Part>(token: Type<Part> | symbol): Part => app.get<Part>(token, { strict: false });
  return {
    guard: get<FirstGuard>(FIRST_GUARD),
    rules: get(HandlerRules),
    refusals: get(Refusals),
    transports: get(Transports),
    open: get(OpenCalls),
    scope: get(CallScope),
    settings: get<AuthenticationSettings>(AUTHENTICATION_SETTINGS),
    sources: get(TokenSources),
    discovery: get(DiscoveryService),
    scanner: get(MetadataScanner),
  };
}
