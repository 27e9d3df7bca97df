import { isMissing, missingPackage } from '../../../../lib/core/index.js';

const failing = (code: string, message: string) => Object.assign(new Error(message), { code });

describe('a package that is missing', () => {
  it.each([
    failing('ERR_MODULE_NOT_FOUND', "Cannot find package 'passport' imported from /app/x.js"),
    failing('MODULE_NOT_FOUND', "Cannot find module 'passport'\nRequire stack:\n- /app/x.js"),
    failing('MODULE_NOT_FOUND', "Cannot find module 'passport/lib/x.js' from 'node_modules/nestjs-authz/dist/cjs/x.js'"),
  ])('is told by the error of who loads it', (error) => {
    expect(isMissing(error, 'passport')).toBe(true);
  });

  it.each([
    failing('ERR_MODULE_NOT_FOUND', "Cannot find package 'passport-jwt' imported from /app/x.js"),
    failing('ERR_REQUIRE_ESM', "Must use import to load ES Module: 'passport'"),
    new TypeError("'passport' is odd"),
  ])('is not what any other error tells of', (error) => {
    expect(isMissing(error, 'passport')).toBe(false);
  });

  it('is said with what to write', () => {
    expect(missingPackage('passport')).toMatchObject({
      code: 'AUTHZ_PEER_MISSING',
      message: 'nestjs-authz needs the package "passport": npm install passport',
    });
  });
});
