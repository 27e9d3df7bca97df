import { Injectable, type CanActivate, type OnModuleInit, type Type } from '@nestjs/common';
import { AuthzGuard, AuthzLogger, Gate, HandlerRules, Transports, type Call, type GivenCaller } from '../authorization/index.js';
import { AuthzConfigError, shown } from '../core/index.js';
import { testCaller, type TestPrincipal } from './test-principal.js';

const logger = new AuthzLogger('Authz');

/**
 * Returns a replacement of `AuthzGuard` for tests: every call runs as the given caller, and no token is read. Decorators are enforced with the
 * mapping in use, and `@CurrentPrincipal()`, `@CurrentPermissions()` and `Authz` return the caller. Fetches no keys.
 *
 * @param who The caller, or a function that returns the caller of each call, or `undefined` for a call without a token.
 * @throws AuthzConfigError for an invalid caller, and at start with `NODE_ENV=production`.
 * @example
 * const module = await Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(AuthzGuard)
 *   .useClass(guardAs({ subject: 'alice', roles: ['clerk'] }))
 *   .compile();
 */
export function guardAs(who: TestPrincipal | (() => TestPrincipal | undefined)): Type<CanActivate> {
  const callers = typeof who === 'function' ? () => callerOf(who()) : always(testCaller(who));

  @Injectable()
  class GuardAs extends AuthzGuard implements OnModuleInit {
    override readonly readsTokens = false;

    constructor(transports: Transports, rules: HandlerRules, gate: Gate) {
      super(transports, rules, gate);
      refuseProduction();
      logger.warn(`Every call runs as ${described(who)}: guardAs() stands in for AuthzGuard. No token is checked.`);
    }

    /** Reports a faulty condition at the start, not with the first call. */
    async onModuleInit(): Promise<void> {
      if (typeof who !== 'function') await callers()?.resolution;
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
  return typeof who === 'function' ? 'the caller that the test sets' : `subject ${shown(testCaller(who).principal.subject)}`;
}

/** Keeps a test double from guarding an application in production. */
function refuseProduction(): void {
  if (process.env['NODE_ENV'] !== 'production') return;
  throw new AuthzConfigError(
    'AUTHZ_GUARD_AS',
    'guardAs() checks no token, so the application does not start with NODE_ENV=production. Use it in tests only, with NODE_ENV=test.',
  );
}
