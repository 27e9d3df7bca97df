import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { AuthzGuard } from './authz.guard.js';
import { rememberNobody } from './call-state.js';
import { carrierOf } from './carrier.js';

/** Injection token of the guard that runs before all others of an application: what `guardFirst()` returns. */
export const FIRST_GUARD = Symbol('authz:first-guard');

/** What a test has put in the place of our guard: it lets in whom it likes, and no caller is known. */
class ReplacedGuard implements CanActivate {
  constructor(private readonly guard: CanActivate) {}

  canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    const carrier = carrierOf(context.getType(), context.getArgs());
    if (carrier !== undefined) rememberNobody(carrier);
    return this.guard.canActivate(context);
  }
}

/**
 * Has our guard run before the guards of all modules, so that none of them runs for a caller that nobody has judged. By itself Nest orders
 * them as it finds the modules, the root module first. It adds them once all providers are made, so what is added meanwhile is before them.
 */
export function guardFirst(config: Pick<ApplicationConfig, 'addGlobalGuard'>, guard: CanActivate): CanActivate {
  const first = guard instanceof AuthzGuard ? guard : new ReplacedGuard(guard);
  config.addGlobalGuard(first);
  return first;
}
