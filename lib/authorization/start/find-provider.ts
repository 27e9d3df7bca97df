import type { Abstract, Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { UnknownElementException } from '@nestjs/core/errors/exceptions/unknown-element.exception.js';
import { AuthzConfigError } from '../../core/index.js';

/** Who asks for a provider, for messages. */
interface ProviderUse {
  /** The decorator that names the class: `@Resource()`. */
  readonly use: '@Resource()' | '@RequirePolicy()';
  /** Name of the handler. */
  readonly handler: string;
}

/** Returns the instance of a class that any module provides. @throws AuthzConfigError that names the handler. */
export type FindProvider = (type: Type | Abstract<unknown>, use: ProviderUse) => unknown;

/** Returns a function that finds providers in all modules of an application. */
export function providerFinder(modules: Pick<ModuleRef, 'get'>): FindProvider {
  return (type, { use, handler }) => {
    try {
      return modules.get<unknown>(type, { strict: false });
    } catch (error) {
      const isUnknown = error instanceof UnknownElementException;
      const cause = isUnknown ? 'no module provides' : 'is not in the default (singleton) scope';
      const remedy = isUnknown
        ? 'Add it to the providers of a module.'
        : 'Remove "scope" from @Injectable(), and from what it injects: the class gets the call as an argument.';
      const written = `${use.slice(0, -1)}${type.name})`;
      throw new AuthzConfigError('AUTHZ_PROVIDER', `${handler}: ${written} names a class that ${cause}. ${remedy}`);
    }
  };
}
