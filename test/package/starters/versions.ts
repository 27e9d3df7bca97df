/**
 * Exact versions for a starter, so that runs are repeatable: `nest new` writes ranges. Packages that no test, build or bundle of the starter
 * uses (linters, formatters) are not listed and not installed.
 */
const BOTH = {
  '@types/express': '5.0.6',
  '@types/jest': '30.0.0',
  '@types/node': '24.19.4',
  '@types/supertest': '7.2.1',
  jest: '30.5.2',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
  'source-map-support': '0.5.21',
  supertest: '7.3.2',
  'ts-jest': '29.4.15',
  'ts-loader': '9.6.2',
  'ts-node': '10.9.2',
  'tsconfig-paths': '4.2.0',
};

export const NEST_11: Readonly<Record<string, string>> = {
  ...BOTH,
  '@nestjs/cli': '11.0.24',
  '@nestjs/common': '11.2.10',
  '@nestjs/core': '11.2.10',
  '@nestjs/platform-express': '11.2.10',
  '@nestjs/schematics': '11.1.0',
  '@nestjs/testing': '11.2.6',
  typescript: '5.9.3',
};

export const NEST_12: Readonly<Record<string, string>> = {
  ...BOTH,
  '@nestjs/cli': '12.0.8',
  '@nestjs/common': '12.5.1',
  '@nestjs/core': '12.5.1',
  '@nestjs/platform-express': '12.5.1',
  '@nestjs/schematics': '12.0.6',
  '@nestjs/testing': '12.1.1',
  typescript: '6.0.3',
  'vite-tsconfig-paths': '5.1.4',
  vitest: '4.1.12',
};

/** Packages that the README says to install with this package. */
export const PEERS_11 = ['@nestjs/passport@11.0.5', 'passport@0.7.0'];
export const PEERS_12 = ['@nestjs/passport@12.0.0', 'passport@0.7.0'];

/** Packages to run tests in ES modules with Jest. A starter has both Jest and ts-jest, or neither. */
export const ESM_JEST = ['jest@30.5.2', '@types/jest@30.0.0', 'ts-jest@29.4.15', '@swc/jest@0.2.39', '@swc/core@1.16.18'];

export const BUNDLERS = ['esbuild@0.28.2', '@vercel/ncc@0.45.0', 'webpack@5.113.0', 'ts-loader@9.6.2'];
export const LAMBDA = ['@codegenie/serverless-express@4.17.1', 'serverless-http@4.0.0'];
export const COMPILERS = [
  'typescript-5.9@npm:typescript@5.9.3',
  'typescript-6@npm:typescript@6.0.3',
  'typescript-7@npm:typescript@7.0.2',
];

/** Packages of Nest whose types are used in the declarations of entry points. */
export const TYPED_PEERS = {
  'nest-11': ['@nestjs/microservices@11.2.6', '@nestjs/websockets@11.2.6'],
  'nest-12': ['@nestjs/microservices@12.1.1', '@nestjs/websockets@12.1.1'],
  'nest-12-commonjs': ['@nestjs/microservices@12.1.1', '@nestjs/websockets@12.1.1'],
};
