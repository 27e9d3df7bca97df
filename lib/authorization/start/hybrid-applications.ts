import type { NestHybridApplicationOptions } from '@nestjs/common';
import { NestApplication } from '@nestjs/core';
import { AuthzConfigError } from '../../core/index.js';
import { AuthzGuard } from '../calls/authz.guard.js';

/** Registered: several copies of the library in one process wrap once. */
const GUARDS: unique symbol = Symbol.for('nestjs-authz:hybrid-applications');

/** What is wrapped, and the guards of every copy of the library by which an application is known to be guarded. */
interface Wrapped {
  [GUARDS]?: Set<unknown> | undefined;
}

/**
 * Has `app.connectMicroservice()` refuse to connect a microservice that would be open: without `inheritAppConfig` Nest gives it none of the
 * application's guards, and asks nobody. Applications without AuthzModule are not concerned. Does nothing when it was done already.
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
