import type { HttpServer } from '@nestjs/common';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { TokenSources } from '../../authentication/index.js';
import type { FoundMethod } from '../requirements/find-handlers.js';
import type { HandlerRules } from '../requirements/handler-rules.js';
import type { Class } from '../requirements/requirement-metadata.js';
import type { Refusals } from '../refusals/refusals.js';
import type { CallHandling } from '../calls/call.interface.js';
import type { CallScope } from '../calls/call-scope.js';
import type { OpenCalls } from '../calls/open-calls.js';
import type { Transport, TransportDescription } from './transport.interface.js';

/** The parts of a starting application that a transport needs to handle its calls. */
export interface StartingApplication {
  /** Every method of every controller and provider. */
  readonly methods: readonly FoundMethod[];
  readonly modules: ModulesContainer;
  readonly config: ApplicationConfig;
  readonly scope: CallScope;
  readonly open: OpenCalls;
  readonly sources: TokenSources;
  readonly refusals: Refusals;
}

/** An application whose modules are initialised. */
export interface InitialisedApplication {
  /** The classes that Nest created. */
  readonly types: readonly Class[];
  readonly modules: ModulesContainer;
  /** `null` or `undefined`: no web framework, so a microservice, or an application context such as a command's. */
  readonly httpAdapter: object | null | undefined;
  readonly rules: HandlerRules;
}

/** The web framework of an application. */
export type WebFramework = Pick<HttpServer, 'getType' | 'getInstance'> & { use(...handlers: unknown[]): unknown };

/**
 * A transport of this library. Importing a definition does not load the transport's optional package.
 */
export interface TransportDefinition extends TransportDescription {
  /** Metadata of classes to which clients connect: decorators on the class are checked at the connection. Default: it has none. */
  readonly connectionMetadata?: string | symbol;
  /** Called before Nest binds handlers. Returns how calls are handled; `undefined`: every call is refused until `Transports.add()` is called. */
  open(app: StartingApplication): CallHandling | undefined | Promise<CallHandling | undefined>;
  /** Runs each call in its scope from its first middleware on. Called before routes are registered, if code may ask for the current caller. */
  followCalls?(framework: WebFramework, scope: CallScope): void;
  /**
   * Rejects applications in which a call could reach a handler without the guard.
   * @param isOpen Whether calls are handled.
   * @throws AuthzConfigError
   */
  check?(app: InitialisedApplication, isOpen: boolean): void;
  /** Does the same once every module is initialised. @throws AuthzConfigError */
  checkServed?(modules: ModulesContainer): Promise<void>;
}

/** A transport of this library, or one of the application's own. */
export type RegisteredTransport = TransportDefinition | (Transport & { readonly open?: never });
