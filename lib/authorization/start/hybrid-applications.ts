import type { NestHybridApplicationOptions } from '@nestjs/common';
import { NestApplication } from '@nestjs/core';
import { AuthzConfigError } from '../../core/index.js';
import { AuthzGuard } from '../calls/authz.guard.js';

/** `Symbol.for()`, not `Symbol()`: several copies of the library in one process wrap the method once. */
const GUARDS: unique symbol = Symbol.for('nestjs-authz:hybrid-applications');

/** The prototype with the wrapped method, and the guard class of every copy of the library. */
interface Wrapped {
  [GUARDS]?: Set<unknown> | undefined;
}

/**
 * Makes `app.connectMicroservice()` throw without `inheritAppConfig`: Nest would give the microservice none of the application's guards.
 * Applications without AuthzModule are not affected. Wraps the method once.
 */
export function watchHybridApplications(): void {
  const { prototype } = NestApplication;
  const wrapped: Wrapped = prototype as object;
  const guards = wrapped[GUARDS] ?? wrap(prototype);
  wrapped[GUARDS] = guards.add(AuthzGuard);
}

function wrap(prototype: NestApplication): Set<unknown> {
  const guards = new Set<unknown>();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the application below
  const connect = prototype.connectMicroservice;
  prototype.connectMicroservice = function (this: NestApplication, options: object, hybrid?: NestHybridApplicationOptions) {
    if (hybrid?.inheritAppConfig !== true && [...guards].some((guard) => holds(this, guard)))
      throw new AuthzConfigError(
        'AUTHZ_MICROSERVICE_UNGUARDED',
        `app.connectMicroservice() needs { inheritAppConfig: true }, got ${JSON.stringify(hybrid)}: without it the microservice has none of the ` +
          "application's guards, and anyone may call its handlers. Write app.connectMicroservice(options, { inheritAppConfig: true }).",
      );
    return connect.call(this, options, hybrid);
  };
  return guards;
}

function holds(app: NestApplication, guard: unknown): boolean {
  try {
    return app.get<unknown>(guard as never, { strict: false }) !== undefined;
  } catch {
    return false;
  }
}
