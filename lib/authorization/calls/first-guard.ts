import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { AuthzConfigError, shown } from '../../core/index.js';
import { AuthzGuard } from './authz.guard.js';
import { rememberNoCaller } from './call-state.js';
import type { Call } from './call.interface.js';
import type { Transports } from './transports.js';

/** Injection token of the guard that is the first of all. */
export const FIRST_GUARD = Symbol('authz:first-guard');

/** The guard that is the first of all: {@link AuthzGuard}, or what a test has put in its place. */
export interface FirstGuard extends CanActivate {
  /** Whether callers come with tokens. Without them no keys are fetched. */
  readonly readsTokens: boolean;
  /** Judges what comes before any handler: a connection to a gateway. */
  judge(call: Call): true | Promise<true>;
}

/** What a test has put in the place of our guard: it lets in whom it likes, and no caller is known. */
class ReplacedGuard implements FirstGuard {
  readonly readsTokens = false;

  constructor(
    private readonly guard: CanActivate,
    private readonly transports: Transports,
  ) {}

  judge({ carrier }: Call): true {
    rememberNoCaller(carrier);
    return true;
  }

  canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    const carrier = this.transports.of(context.getType())?.carrier(context.getArgs());
    if (carrier !== undefined) rememberNoCaller(carrier);
    return this.guard.canActivate(context);
  }
}

/**
 * Has our guard run before the guards of all modules, so that none of them runs for a caller that nobody has judged. By itself Nest orders
 * them as it finds the modules, the root module first. It adds them once all providers are made, so what is added meanwhile is before them.
 */
export function guardFirst(
  config: Pick<ApplicationConfig, 'addGlobalGuard'>,
  guard: CanActivate,
  transports: Transports,
): FirstGuard {
  if (typeof (guard as Partial<CanActivate> | undefined)?.canActivate !== 'function') throw unusable(guard);
  const first = guard instanceof AuthzGuard ? guard : new ReplacedGuard(guard, transports);
  if (!first.readsTokens) refuseProduction();
  config.addGlobalGuard(first);
  return first;
}

/** A test double that was left in an application is not to guard it. */
function refuseProduction(): void {
  if (process.env['NODE_ENV'] !== 'production') return;
  throw new AuthzConfigError(
    'AUTHZ_GUARD',
    'AuthzGuard is overridden, so no token is checked, and no such application starts with NODE_ENV=production. Use NODE_ENV=test for tests.',
  );
}

function unusable(guard: unknown): AuthzConfigError {
  return new AuthzConfigError(
    'AUTHZ_GUARD',
    'overrideProvider(AuthzGuard) needs a guard: .useValue({ canActivate: () => true }), ' +
      `or .useClass(guardAs({ subject: 'alice', roles: ['clerk'] })), got ${shown(guard)}.`,
  );
}
