import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import {
  Authenticator,
  auth0,
  inspectToken,
  IssuerDirectory,
  legacyIssuer,
  parseAuthenticationSettings,
  renewedVerifier,
  TOKEN_CHECKS,
  type AuthenticationOptions,
} from '../../../lib/authentication/index.js';
import { StubIssuer, type StubTokenClaims, type StubTokenHeader } from '../../../lib/testing/index.js';
import { nowSeconds } from '../../tokens/now-seconds.js';

let issuer: StubIssuer;
beforeAll(async () => (issuer = await StubIssuer.start()));
afterAll(() => issuer.stop());

const good = (claims: StubTokenClaims = {}, header: StubTokenHeader = {}) =>
  issuer.token({ aud: 'orders', roles: ['viewer'], ...claims }, header);

function sharedSecretToken(claims: object, secret: string): string {
  const [header, payload] = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return `${header}.${payload}.${createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url')}`;
}

/** The results of the checks of a token, and of a service. */
async function inspected(token: string, options: Partial<AuthenticationOptions> = {}) {
  const trusted = 'issuers' in options || 'issuer' in options ? {} : { issuer: issuer.url };
  const settings = parseAuthenticationSettings({ audience: 'orders', ...trusted, ...options } as AuthenticationOptions);
  const verifierOf = (...[of, before]: Parameters<ConstructorParameters<typeof IssuerDirectory>[2]>) =>
    renewedVerifier(of, before, () => undefined);
  const directory = new IssuerDirectory(settings.issuers, settings.resolver, verifierOf, () => undefined);
  const authenticator = new Authenticator(settings, directory);
  const verdict = await authenticator.authenticate(token);
  const inspection = await inspectToken(token, settings, directory);
  authenticator.stop();
  const found = TOKEN_CHECKS.map((name) => [name, inspection.checks[name]] as const);
  return {
    ...inspection,
    verdict: 'reason' in verdict ? verdict.reason : 'accepted',
    faults: Object.fromEntries(found.flatMap(([name, check]) => (typeof check === 'object' ? [[name, check.reason]] : []))),
    unchecked: found.filter(([, check]) => check === 'unchecked').map(([name]) => name),
  };
}

describe('inspectToken', () => {
  it('finds nothing against a token that a service accepts', async () => {
    const { verdict, faults, unchecked, principal } = await inspected(good());
    expect([verdict, faults, unchecked]).toEqual(['accepted', {}, []]);
    expect(principal).toMatchObject({ subject: 'test-subject', roles: ['viewer'] });
  });

  it('names every fault of a token, not only the first', async () => {
    const token = good({ aud: 'other', exp: nowSeconds() - 600, sub: undefined, nonce: 'n' }, { typ: 'JWT', kid: 'other' });
    expect(await inspected(token)).toMatchObject({
      faults: {
        kind: 'not_access_token',
        key: 'key_unknown',
        times: 'token_expired',
        audience: 'audience_mismatch',
        claims: 'claims_invalid',
        principal: 'claims_invalid',
      },
      unchecked: ['signature'],
    });
  });

  it('reads the roles of a token that has expired', async () => {
    const { faults, principal } = await inspected(good({ exp: nowSeconds() - 600 }));
    expect([faults, principal?.roles]).toEqual([{ times: 'token_expired' }, ['viewer']]);
  });

  it('judges a token of an unknown issuer by the rules of the one that was meant', async () => {
    const { faults, issuer: judged } = await inspected(good(), { issuer: { issuer: `${issuer.url}/`, jwksUri: issuer.jwksUri } });
    expect([faults, judged?.issuer]).toEqual([{ issuer: 'issuer_unknown' }, `${issuer.url}/`]);
    const several = [auth0({ domain: 'acme.test' }), { issuer: `${issuer.url}/`, jwksUri: issuer.jwksUri }];
    expect((await inspected(good(), { issuers: several })).issuer?.issuer).toBe(`${issuer.url}/`);
  });

  it('checks no further where no issuer was meant, or where there is no JWT', async () => {
    const issuers = [auth0({ domain: 'acme.test' }), auth0({ domain: 'example.test' })];
    expect(await inspected(good(), { issuers })).toMatchObject({
      faults: { issuer: 'issuer_unknown' },
      unchecked: TOKEN_CHECKS.filter((name) => !['shape', 'issuer'].includes(name)),
      principal: undefined,
    });
    expect(await inspected('garbage')).toMatchObject({ faults: { shape: 'token_malformed' }, jws: undefined });
  });

  it('has no key for an algorithm that is not accepted', async () => {
    expect(await inspected(good(), { algorithms: ['ES256'] })).toMatchObject({
      faults: { header: 'algorithm_not_allowed' },
      unchecked: ['key', 'signature'],
    });
  });

  it('checks the signature of legacyIssuer() with its secret', async () => {
    const secret = (name: string) => `${name}: a secret that is long enough`;
    const claims = { iss: 'old', sub: '7', aud: 'orders', exp: nowSeconds() + 60 };
    const token = sharedSecretToken(claims, secret('one'));
    const legacy = (key: string) => ({ issuer: legacyIssuer({ issuer: 'old', key, acceptUntil: '2999-01-01' }) });
    expect(await inspected(token, legacy(secret('one')))).toMatchObject({ verdict: 'accepted', faults: {} });
    expect((await inspected(token, legacy(secret('two')))).faults).toEqual({ signature: 'signature_invalid' });
  });

  it('says that a resolver that fails leaves the issuer unchecked', async () => {
    const issuers = { resolve: () => Promise.reject(new Error('database down')) };
    expect(await inspected(good(), { issuers })).toMatchObject({ verdict: 'keys_unavailable', faults: {} });
  });

  it('agrees with the service about every token', async () => {
    const either = <T>(...values: readonly T[]) => fc.constantFrom(...values);
    const claims = fc.record({
      aud: either<unknown>('orders', 'other', ['x', 'orders'], undefined),
      exp: either<unknown>(nowSeconds() + 600, nowSeconds() - 600, undefined, 'soon'),
      nbf: either<unknown>(undefined, nowSeconds() + 600, null),
      iat: either<unknown>(nowSeconds(), nowSeconds() + 600, undefined, 'then'),
      sub: either<unknown>('carl', undefined, 7, ''),
      roles: either<unknown>(['viewer'], undefined, 'viewer', [7]),
      nonce: either<unknown>(undefined, 'n'),
      jti: either<unknown>('id', {}),
      org: either<unknown>(undefined, 'acme', ['a', 'b']),
      iss: either<unknown>(issuer.url, issuer.url, `${issuer.url}/`, undefined),
    });
    const header = fc.record({ typ: either('at+jwt', 'JWT', 'logout+jwt'), alg: either('RS256', 'ES256') });
    const options = { issuer: { issuer: issuer.url, jwksUri: issuer.jwksUri, tenant: 'org' }, algorithms: ['RS256'] } as const;
    await fc.assert(
      fc.asyncProperty(claims, header, async (some, head) => {
        const token = issuer.token(some as StubTokenClaims, head as StubTokenHeader);
        const { verdict, faults, fault } = await inspected(token, options);
        expect(fault?.reason ?? 'accepted').toBe(verdict);
        if (verdict === 'accepted') expect(faults).toEqual({});
        else expect(Object.values(faults)).toContain(verdict);
      }),
      { numRuns: 60 },
    );
  });
});
