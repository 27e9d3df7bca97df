import config from '../jest.config.mjs';

export default {
  ...config,
  rootDir: '../..',
  testEnvironment: '<rootDir>/test/nest-11/environment.mjs',
  resolver: '<rootDir>/test/nest-11/resolver.cjs',
};
