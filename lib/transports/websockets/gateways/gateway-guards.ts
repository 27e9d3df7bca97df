import type { CanActivate } from '@nestjs/common';

/** By gateway, the guard of its application. */
const guards = new WeakMap<object, CanActivate>();

/** Has a guard run before each message handler of a gateway. Nest 11 runs no global guard there; Nest 12 does. */
export function guardGateway(instance: object, guard: CanActivate): void {
  guards.set(instance, guard);
}

/** Returns the guard that `guardGateway()` was given; `undefined` for a gateway of an application without `guardedWebSockets()`. */
export function guardOfGateway(instance: object): CanActivate | undefined {
  return guards.get(instance);
}
