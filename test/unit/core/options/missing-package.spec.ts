import { isMissing, missingPackage } from '../../../../lib/core/index.js';

const failing = (code: string, message: string) => Object.assign(new Error(message), { code });

describe('a missing package', () => {
  it.each([
    failing('ERR_MODULE_NOT_FOUND', "Cannot find package 'passport' imported from /app/x.js"),
    failing('MODULE_NOT_FOUND', "Cannot find module 'passport'\nRequire stack:\n- /app/x.js"),
    failing('MODULE_NOT_FOUND', "Cannot find module 'passport/lib/x.js' from 'node_modules/nestjs-authz/dist/cjs/x.js'"),
  ])('is recognized by the error of its loader', (error) => {
    expect(isMissing(error, 'passport')).toBe(true);
  });

  it.each([
    failing('ERR_MODULE_NOT_FOUND', "Cannot find package 'passport-jwt' imported from /app/x.js"),
    failing('ERR_REQUIRE_ESM', "Must use import to load ES Module: 'passport'"),
    new TypeError("'passport' is odd"),
  ])('is not recognized in any other error', (error) => {
    expect(isMissing(error, 'passport')).toBe(false);
  });

  it('is reported with the command to install it', () => {
    expect(missingPackage('passport')).toMatchObject({
      code: 'AUTHZ_PEER_MISSING',
      message: 'nestjs-authz needs the package "passport": npm install passport',
    });
  });
});
