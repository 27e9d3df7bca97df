import type { CanActivate } from '@nestjs/common';

/** The application's guard, by gateway. */
const guards = new WeakMap<object, CanActivate>();

/** Runs a guard before each message handler of a gateway. Nest 11 runs no global guard there; Nest 12 does. */
export function guardGateway(instance: object, guard: CanActivate): void {
  guards.set(instance, guard);
}

/** Returns the guard set by `guardGateway()`; `undefined` in an application without `guardedWebSockets()`. */
export function guardOfGateway(instance: object): CanActivate | undefined {
  return guards.get(instance);
}
