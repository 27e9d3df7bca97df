import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { accessToken } from '../decorators/access-token.decorator.js';
import { currentResource } from '../decorators/current-resource.decorator.js';
import { principalOrMember } from '../decorators/current-principal.decorator.js';
import type { HandlerPlace } from '../requirements/handler-places.js';

/** Parameter decorators whose value is `undefined` for a call without a token. */
const OF_CALLER: ReadonlySet<unknown> = new Set<unknown>([principalOrMember, accessToken]);

/** Returns whether a handler has a parameter with `@CurrentPrincipal()` or `@AccessToken()`. */
export function readsCaller(place: HandlerPlace): boolean {
  return factoriesOf(place).some((factory) => OF_CALLER.has(factory));
}

/** Returns whether a handler has a parameter with `@CurrentResource()`. */
export function readsResource(place: HandlerPlace): boolean {
  return factoriesOf(place).includes(currentResource);
}

function factoriesOf({ type, key }: HandlerPlace): readonly unknown[] {
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, type, key) ?? {}) as Readonly<
    Record<string, { readonly factory?: unknown }>
  >;
  return Object.values(parameters).map(({ factory }) => factory);
}
