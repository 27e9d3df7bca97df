import { jest } from '@jest/globals';
import { Consumers } from './consumers.js';

jest.setTimeout(300_000); // installs packages

/** The routes of the consumer `tracing`, and their statuses without a token, for a viewer and for a clerk. */
const OPEN = [200, 200, 200];
const GUARDED = [401, 403, 200];
const ROUTES: Readonly<Record<string, readonly number[]>> = {
  '/orders/open': OPEN,
  '/orders/logged': GUARDED,
  '/orders/sentry': GUARDED,
  '/derived': GUARDED,
  '/bound/page': OPEN,
  '/bound/all': GUARDED,
  '/per-request/page': OPEN,
  '/per-request/all': GUARDED,
  '/rest/one': GUARDED,
  '/rest/two': GUARDED,
};

/** Flags that load tracing before the application. */
const TRACING: Readonly<Record<string, readonly string[]>> = {
  'without tracing': [],
  'with OpenTelemetry': ['--import', './otel.mjs'],
  'with Sentry': ['--import', './sentry.mjs'],
};

const own = { '@nestjs/common': '$@nestjs/common', '@nestjs/core': '$@nestjs/core' };
/** Overrides for ES modules on Nest 12, which neither Sentry nor ts-rest lists as a peer. */
const onNest12 = (json: Record<string, unknown> & { readonly dependencies: Record<string, string> }) => ({
  ...json,
  type: 'module',
  overrides: { '@sentry/nestjs': own, '@ts-rest/nest': own },
  dependencies: {
    ...json.dependencies,
    '@nestjs/common': '12.5.1',
    '@nestjs/core': '12.5.1',
    '@nestjs/passport': '12.0.0',
    '@nestjs/platform-express': '12.5.1',
    '@nestjs/platform-fastify': '12.5.0',
  },
});

let consumers: Consumers;
beforeAll(async () => {
  consumers = await Consumers.pack();
});
afterAll(async () => {
  await consumers.remove();
});

describe.each([
  ['CommonJS on Nest 11', 'tracing-nest11', undefined],
  ['ES modules on Nest 12', 'tracing-nest12', onNest12],
] as const)('an application in %s, with decorators that wrap', (_what, name, change) => {
  let folder: string;
  beforeAll(async () => {
    folder = await consumers.install('tracing', name, change);
  });

  const runs = Object.keys(TRACING).flatMap((how) => [[how, 'Express'] as const, [how, 'Fastify'] as const]);
  it.each(runs)('responds with the same statuses %s on %s', async (how, adapter) => {
    const service = await consumers.start(folder, TRACING[how], [adapter]);
    try {
      const statuses = await Promise.all(
        Object.keys(ROUTES).map(async (path) => {
          const asked = [undefined, ['viewer'], ['clerk']].map((roles) => consumers.ask(service.url + path, roles));
          return [path, (await Promise.all(asked)).map(({ status }) => status)] as const;
        }),
      );
      expect(Object.fromEntries(statuses)).toEqual(ROUTES);
      // Without active tracing, the test would pass for the wrong reason. OpenTelemetry does not support Nest 12 yet.
      const { traced } = (await (await consumers.ask(`${service.url}/orders/traced`)).json()) as { traced: boolean };
      if (change === undefined) expect(traced).toBe(how !== 'without tracing');
    } finally {
      await service.stop();
    }
  });
});
