import type { Type } from '@nestjs/common';
import { type DiscoveryService, type HttpAdapterHost, type ModulesContainer } from '@nestjs/core';
import { findClasses, findTypes, type FoundClass } from '../requirements/find-handlers.js';
import type { Class } from '../requirements/requirement-metadata.js';
import { isInjected } from './is-injected.js';

/** The application that imports AuthzModule: its modules, its classes and its web framework. */
export class Application {
  constructor(
    readonly modules: ModulesContainer,
    private readonly discovery: DiscoveryService,
    private readonly adapters: HttpAdapterHost,
  ) {}

  /** `undefined` or `null` without a web framework: in a microservice, or in an application context such as a command's. */
  get httpAdapter(): HttpAdapterHost['httpAdapter'] {
    return this.adapters.httpAdapter;
  }

  /** Returns the classes of controllers and providers. */
  types(): readonly Class[] {
    return findTypes(this.discovery);
  }

  /** Returns every class, those of guards, interceptors and middleware included. */
  classes(): readonly FoundClass[] {
    return findClasses(this.modules);
  }

  /** Returns whether anything outside `own` injects one of the tokens. */
  injects(tokens: ReadonlySet<unknown>, own: Type): boolean {
    return isInjected(tokens, this.modules, own);
  }
}
