import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { AuthzConfigError, shown } from '../../core/index.js';
import { AuthzGuard } from './authz.guard.js';
import { carrierOf, rememberNoCaller } from './call-state.js';
import type { Call } from './call.interface.js';
import type { Transports } from '../transports/transports.js';

/** Injection token of the guard that runs first. */
export const FIRST_GUARD = Symbol('authz:first-guard');

/** The guard that runs first: {@link AuthzGuard}, or the guard by which a test replaced it. */
export interface FirstGuard extends CanActivate {
  /** Whether callers send tokens. If not, no keys are fetched. */
  readonly readsTokens: boolean;
  /** Authorizes a connection to a gateway, which precedes any handler. */
  judge(call: Call): true | Promise<true>;
}

/** Wraps the guard by which a test replaced ours. Its calls have no caller. */
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
    const transport = this.transports.of(context.getType());
    const carrier = transport && carrierOf(transport, context.getArgs());
    if (carrier !== undefined) rememberNoCaller(carrier);
    return this.guard.canActivate(context);
  }
}

/**
 * Makes our guard run before the guards of all modules, so that no other guard runs for an unauthorized call. Nest orders global guards by module,
 * the root module first, but adds them only after it has created all providers: a guard added before that runs first.
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

/** Prevents that a test double guards an application in production. */
function refuseProduction(): void {
  if (process.env['NODE_ENV'] !== 'production') return;
  throw new AuthzConfigError(
    'AUTHZ_GUARD',
    'AuthzGuard is overridden, so no token is checked, and the application does not start with NODE_ENV=production. Use NODE_ENV=test for tests.',
  );
}

function unusable(guard: unknown): AuthzConfigError {
  return new AuthzConfigError(
    'AUTHZ_GUARD',
    'overrideProvider(AuthzGuard) needs a guard: .useValue({ canActivate: () => true }), ' +
      `or .useClass(guardAs({ subject: 'alice', roles: ['clerk'] })), got ${shown(guard)}.`,
  );
}
