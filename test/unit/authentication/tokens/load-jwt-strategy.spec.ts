import { JwtStrategy } from '../../../../lib/authentication/tokens/jwt.strategy.js';
import { loadJwtStrategy } from '../../../../lib/authentication/tokens/load-jwt-strategy.js';

const failing = (code: string, message: string) => () => Promise.reject(Object.assign(new Error(message), { code }));
const ADVICE = 'In an application of NestJS 11 write: npm install @nestjs/passport@11.';

describe('loadJwtStrategy', () => {
  it("loads Passport's strategy", async () => {
    expect(await loadJwtStrategy()).toBe(JwtStrategy);
  });

  it.each(['passport', '@nestjs/passport'])('names %s if it is missing', async (name) => {
    const load = failing('ERR_MODULE_NOT_FOUND', `Cannot find package '${name}' imported from /app/x.js`);
    await expect(loadJwtStrategy(load)).rejects.toMatchObject({
      code: 'AUTHZ_PEER_MISSING',
      message: `nestjs-authz needs the package "${name}": npm install ${name}`,
    });
  });

  it.each([
    ['Node', failing('ERR_REQUIRE_ESM', 'require() of ES Module /app/y.js not supported.\nInstead change the require')],
    ['Jest', () => Promise.reject(Object.assign(new Error('Must use import to load ES Module'), { code: 'ERR_REQUIRE_ESM' }))],
    ['a compiler of CommonJS', () => Promise.reject(new SyntaxError("Unexpected token 'export'"))],
  ])('says which version to install if %s cannot load an ES module', async (_who, load) => {
    const error = (await loadJwtStrategy(load).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'AUTHZ_PEER_VERSION', message: expect.stringContaining(ADVICE) as string });
    expect(error.message).not.toContain('\n');
  });

  it('passes on any other failure as it is', async () => {
    const odd = new Error('odd');
    await expect(loadJwtStrategy(() => Promise.reject(odd))).rejects.toBe(odd);
  });
});
