import { Injectable, type CanActivate, type Type } from '@nestjs/common';
import { AuthzGuard, AuthzLogger, Gate, HandlerRules, Transports, type Call, type GivenCaller } from '../authorization/index.js';
import { AuthzConfigError, shown } from '../core/index.js';
import { testCaller, type TestPrincipal } from './test-principal.js';

const logger = new AuthzLogger('Authz');

/**
 * A stand-in for `AuthzGuard` in a test: every call comes from the given caller, and no token is read. Decorators are enforced with the
 * mapping in use, and `@CurrentPrincipal()`, `@CurrentPermissions()` and `Authz` know the caller. Fetches no keys. Does not start with
 * `NODE_ENV=production`.
 *
 * @param who The caller, or a function that returns the caller of each call; `undefined` from it: a call without a token.
 * @example
 * const module = await Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(AuthzGuard)
 *   .useClass(guardAs({ subject: 'alice', roles: ['clerk'] }))
 *   .compile();
 */
export function guardAs(who: TestPrincipal | (() => TestPrincipal | undefined)): Type<CanActivate> {
  const callers = typeof who === 'function' ? () => callerOf(who()) : always(testCaller(who));

  @Injectable()
  class GuardAs extends AuthzGuard {
    override readonly readsTokens = false;

    constructor(transports: Transports, rules: HandlerRules, gate: Gate) {
      super(transports, rules, gate);
      refuseProduction();
      logger.warn(`Every call runs as ${described(who)}: guardAs() stands in for AuthzGuard. No token is checked.`);
    }

    override judge(call: Call): true | Promise<true> {
      return this.gate.passAs(call, callers());
    }
  }

  return GuardAs;
}

function callerOf(who: TestPrincipal | undefined): GivenCaller | undefined {
  return who === undefined ? undefined : testCaller(who);
}

function always<Value>(value: Value): () => Value {
  return () => value;
}

function described(who: Parameters<typeof guardAs>[0]): string {
  return typeof who === 'function' ? 'the caller that a test says' : `subject ${shown(testCaller(who).principal.subject)}`;
}

/** A test double that was left in an application is not to guard it. */
function refuseProduction(): void {
  if (process.env['NODE_ENV'] !== 'production') return;
  throw new AuthzConfigError(
    'AUTHZ_GUARD_AS',
    'guardAs() checks no token, so it starts no application with NODE_ENV=production. Use it in tests only, with NODE_ENV=test.',
  );
}
