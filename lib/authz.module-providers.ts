import type { Provider } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { TokenSources } from './authentication/index.js';
import {
  authorizationProviders,
  CallScope,
  FOUND_METHODS,
  isMessageHandler,
  OpenCalls,
  Refusals,
  Transports,
  type FoundMethod,
} from './authorization/index.js';
import { CHECKED_OPTIONS } from './authz.module-definition.js';
import { followGraphql, GraphqlTransport } from './transports/graphql/index.js';
import { httpTransportReading } from './transports/http/index.js';

/** Providers of AuthzModule, beside its checked options. */
export const PROVIDERS: readonly Provider[] = [
  ...authorizationProviders(CHECKED_OPTIONS),
  {
    provide: Transports,
    useFactory: createTransports,
    inject: [FOUND_METHODS, CallScope, OpenCalls, ModulesContainer, ApplicationConfig, TokenSources, Refusals],
  },
];

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
