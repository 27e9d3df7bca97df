import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { accessToken } from '../decorators/access-token.decorator.js';
import { principalOrMember } from '../decorators/current-principal.decorator.js';
import type { HandlerPlace } from '../requirements/handler-places.js';

/** Parameter decorators whose value is `undefined` for a call without a token. */
const OF_CALLER: ReadonlySet<unknown> = new Set<unknown>([principalOrMember, accessToken]);

/** Returns whether a handler has a parameter with `@CurrentPrincipal()` or `@AccessToken()`. */
export function readsCaller({ type, key }: HandlerPlace): boolean {
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, type, key) ?? {}) as Readonly<
    Record<string, { readonly factory?: unknown }>
  >;
  return Object.values(parameters).some(({ factory }) => OF_CALLER.has(factory));
}
