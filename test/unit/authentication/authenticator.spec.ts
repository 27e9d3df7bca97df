import { createHmac, createPublicKey, generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import { jest } from '@jest/globals';
import fc from 'fast-check';
import passport from 'passport';
import { Strategy } from 'passport-jwt';
import {
  Authenticator,
  IssuerDirectory,
  IssuerVerifier,
  KeyStore,
  keySource,
  legacyIssuer,
  parseAuthenticationSettings,
  type AuthenticationOptions,
} from '../../../lib/authentication/index.js';
import { JwtStrategy } from '../../../lib/authentication/tokens/jwt.strategy.js';
import { REFUSAL_REASONS } from '../../../lib/core/index.js';
import { parseJws, type Jws } from '../../../lib/jws/index.js';
import { StubIssuer, type StubTokenClaims, type StubTokenHeader } from '../../../lib/testing/index.js';
import { base64url } from '../../tokens/base64url.js';
import { nowSeconds } from '../../tokens/now-seconds.js';

let issuer: StubIssuer;
let stranger: StubIssuer;
beforeAll(async () => ([issuer, stranger] = await Promise.all([StubIssuer.start(), StubIssuer.start()])));
afterAll(() => Promise.all([issuer.stop(), stranger.stop()]));

let passing: StubIssuer | undefined;
/** An issuer of one test, which may rotate its keys or go. */
const passingIssuer = async () => (passing = await StubIssuer.start());
afterEach(async () => {
  await passing?.stop();
  passing = undefined;
});

/** An authenticator that trusts the stub issuer; its key stores go by the clock given. */
function authenticator(options: Partial<AuthenticationOptions> = {}, clock = { ms: 0 }) {
  const trusted = 'issuers' in options || 'issuer' in options ? {} : { issuer: issuer.url };
  const settings = parseAuthenticationSettings({ audience: 'orders', ...trusted, ...options } as AuthenticationOptions);
  const large: [issuer: string, bytes: number, roles: number][] = [];
  const directory = new IssuerDirectory(
    settings.issuers,
    settings.resolver,
    (of) =>
      new IssuerVerifier(
        of,
        of.legacy === undefined ? new KeyStore(keySource(of), { maxStaleMs: 86_400_000, now: () => clock.ms }) : undefined,
      ),
    () => undefined,
  );
  return Object.assign(new Authenticator(settings, directory, (...report) => large.push(report)), { large });
}
const good = (claims: StubTokenClaims = {}, header: StubTokenHeader = {}) =>
  issuer.token({ aud: 'orders', roles: ['viewer'], ...claims }, header);
const verdictOn = async (token: string, options?: Partial<AuthenticationOptions>) => {
  const verdict = await authenticator(options).authenticate(token);
  return 'reason' in verdict ? verdict.reason : 'accepted';
};
/** The same token with another header, another payload or another signature, not signed anew. */
function tampered(token: string, change: { header?: unknown; claims?: unknown; signature?: string }): string {
  const [header, claims, signature] = token.split('.');
  return [
    change.header ? base64url(change.header) : header,
    change.claims ? base64url(change.claims) : claims,
    change.signature ?? signature,
  ].join('.');
}
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
const headerOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string };

describe('Authenticator', () => {
  it.each(['RS256', 'ES256'] as const)('accepts a valid %s token and returns its principal', async (alg) => {
    const verdict = await authenticator().authenticate(good({ sub: 'alice', scope: 'read', exp: nowSeconds() + 60 }, { alg }));
    expect(verdict).toMatchObject({
      principal: { issuer: issuer.url, subject: 'alice', clientId: 'test-client', roles: ['viewer'], scopes: ['read'] },
    });
    expect('principal' in verdict && Object.isFrozen(verdict.principal.claims)).toBe(true);
  });

  it('fetches the keys at start, once for all tokens', async () => {
    const before = issuer.keyRequests;
    const subject = authenticator();
    subject.start();
    const verdicts = await Promise.all(Array.from({ length: 5 }, async () => subject.authenticate(good())));
    subject.stop();
    expect(verdicts.every((verdict) => 'principal' in verdict)).toBe(true);
    expect(issuer.keyRequests).toBe(before + 1);
  });

  it('never mixes up concurrent callers, refused ones included', async () => {
    const subject = authenticator();
    await subject.authenticate(good());
    const callers = Array.from({ length: 60 }, (_, index) => ({
      name: `caller-${index}`,
      alg: index % 2 ? ('RS256' as const) : ('ES256' as const),
      isGood: index % 3 > 0,
    }));
    const verdicts = await Promise.all(
      callers.map(async ({ name, alg, isGood }) =>
        subject.authenticate(good({ sub: name, roles: [name], aud: isGood ? 'orders' : 'users' }, { alg })),
      ),
    );
    for (const [index, { name, isGood }] of callers.entries())
      expect(verdicts[index]).toMatchObject(
        isGood ? { principal: { subject: name, roles: [name] } } : { reason: 'audience_mismatch' },
      );
  });

  it.each<[string, () => StubTokenClaims, string]>([
    ['ended', () => ({ exp: 1 }), 'token_expired'],
    ['ended beyond the tolerance', () => ({ exp: nowSeconds() - 40 }), 'token_expired'],
    ['ended within the tolerance', () => ({ exp: nowSeconds() - 10 }), 'accepted'],
    ['never ends', () => ({ exp: undefined }), 'claims_invalid'],
    ['ends at a string', () => ({ exp: '9999999999' }), 'claims_invalid'],
    ['ends at null', () => ({ exp: null }), 'claims_invalid'],
    ['ends beyond all dates', () => ({ exp: 9007199254740991 }), 'accepted'],
    ['begins later', () => ({ nbf: nowSeconds() + 3600 }), 'token_not_yet_valid'],
    ['begins at a string', () => ({ nbf: 'now' }), 'claims_invalid'],
    ['was issued later', () => ({ iat: nowSeconds() + 3600 }), 'token_not_yet_valid'],
    ['was issued at a string', () => ({ iat: 'now' }), 'claims_invalid'],
    ['is for another audience', () => ({ aud: 'users' }), 'audience_mismatch'],
    ['is for no audience', () => ({ aud: undefined }), 'audience_mismatch'],
    ['is for several audiences', () => ({ aud: ['users', 'orders'] }), 'accepted'],
    ['is for odd audiences', () => ({ aud: [7, null, { orders: 1 }] }), 'audience_mismatch'],
    ['names another issuer', () => ({ iss: 'https://evil.example' }), 'issuer_unknown'],
    ['names no issuer', () => ({ iss: undefined }), 'issuer_unknown'],
    ['names a list of issuers', () => ({ iss: ['https://evil.example'] }), 'issuer_unknown'],
    ['has no subject', () => ({ sub: undefined }), 'claims_invalid'],
    ['is a logout token', () => ({ events: {} }), 'not_access_token'],
    ['is a refresh token', () => ({ typ: 'Refresh' }), 'not_access_token'],
  ])('judges a token that %s', async (_how, claims, verdict) => {
    expect(await verdictOn(good(claims()))).toBe(verdict);
    expect(await verdictOn(good(claims(), { alg: 'ES256' }))).toBe(verdict);
  });

  it('detects an ID token by its nonce, unless the header says that it is an access token', async () => {
    expect(await verdictOn(good({ nonce: 'x' }, { typ: 'JWT' }))).toBe('not_access_token');
    expect(await verdictOn(good({ nonce: 'x' }, { typ: undefined }))).toBe('not_access_token');
    expect(await verdictOn(good({ nonce: 'x' }, { typ: 'at+jwt' }))).toBe('accepted');
  });

  it('takes the issuer exactly: a slash or a list makes it another', async () => {
    for (const iss of [`${issuer.url}/`, issuer.url.toUpperCase(), [issuer.url], { toString: issuer.url }])
      expect(await verdictOn(good({ iss }))).toBe('issuer_unknown');
  });

  it.each([{ typ: 'logout+jwt' }, { typ: 'id_token+jwt' }, { typ: 'dpop+jwt' }])('refuses a token of the %j', async (header) => {
    expect(await verdictOn(good({}, header))).toBe('not_access_token');
  });

  it('refuses algorithms that are not in its list, before any key is fetched', async () => {
    const before = issuer.keyRequests;
    for (const alg of ['none', 'None', 'HS256', 'RS512', ''])
      expect(await verdictOn(tampered(good(), { header: { ...headerOf(good()), alg } }))).toBe('algorithm_not_allowed');
    expect(await verdictOn(good(), { algorithms: ['ES256'] })).toBe('algorithm_not_allowed');
    expect(await verdictOn('garbage')).toBe('token_malformed');
    expect(await verdictOn(stranger.token({ aud: 'orders' }))).toBe('issuer_unknown');
    expect(issuer.keyRequests).toBe(before);
  });

  it('refuses a token without a signature, whatever its header says', async () => {
    const [header, claims] = good().split('.') as [string, string];
    expect(await verdictOn(`${header}.${claims}.`)).toBe('token_malformed');
    expect(await verdictOn(`${header}.${claims}`)).toBe('token_malformed');
    expect(await verdictOn(`${base64url({ alg: 'none' })}.${claims}.`)).toBe('token_malformed');
    expect(await verdictOn(`${header}.${claims}.A`)).toBe('token_malformed');
    for (const signature of ['AA', 'AAAA', 'A'.repeat(342), 'A'.repeat(86)])
      expect(await verdictOn(`${header}.${claims}.${signature}`)).toBe('signature_invalid');
  });

  it('refuses HS256 signed with the public key, in each form that it has', async () => {
    const jwks = (await (await fetch(issuer.jwksUri)).json()) as { keys: JsonWebKey[] };
    const key = createPublicKey({ key: jwks.keys[0] as never, format: 'jwk' });
    const secrets = [
      key.export({ type: 'spki', format: 'pem' }),
      ` ${key.export({ type: 'spki', format: 'pem' }).toString()}`,
      key.export({ type: 'pkcs1', format: 'pem' }),
      key.export({ type: 'spki', format: 'der' }),
      JSON.stringify(jwks.keys[0]),
      '',
    ];
    for (const secret of secrets) {
      const input = `${base64url({ ...headerOf(good()), alg: 'HS256' })}.${base64url(claimsOf(good()))}`;
      const forged = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
      expect(await verdictOn(forged)).toBe('algorithm_not_allowed');
      const renamed = tampered(forged, { header: headerOf(good()) });
      expect(await verdictOn(renamed)).toBe('signature_invalid');
    }
  });

  it('refuses a payload, a header or a signature that belongs to another token', async () => {
    const token = good();
    expect(await verdictOn(tampered(token, { claims: { ...claimsOf(token), roles: ['admin'] } }))).toBe('signature_invalid');
    expect(await verdictOn(tampered(token, { header: { ...headerOf(token), jku: 'x' } }))).toBe('signature_invalid');
    expect(await verdictOn(tampered(token, { signature: good({ sub: 'bob' }).split('.')[2]! }))).toBe('signature_invalid');
    expect(await verdictOn(tampered(token, { signature: good({}, { alg: 'ES256' }).split('.')[2]! }))).toBe('signature_invalid');
  });

  it('refuses tokens that another issuer signed with our name, under its kid and under ours', async () => {
    const forged = (kid?: string) => stranger.token({ iss: issuer.url, aud: 'orders', roles: ['admin'] }, kid ? { kid } : {});
    expect(await verdictOn(forged())).toBe('key_unknown');
    expect(await verdictOn(forged(headerOf(good()).kid))).toBe('signature_invalid');
  });

  it('never looks at a key that the token brings or points to', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const before = stranger.keyRequests;
    const header = {
      ...headerOf(good()),
      jwk: publicKey.export({ format: 'jwk' }),
      jku: stranger.jwksUri,
      x5u: stranger.jwksUri,
    };
    const input = `${base64url(header)}.${base64url(claimsOf(good()))}`;
    expect(await verdictOn(`${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`)).toBe(
      'signature_invalid',
    );
    expect(stranger.keyRequests).toBe(before);
  });

  it('accepts a token without kid where a single key fits its algorithm', async () => {
    expect(await verdictOn(good({}, { kid: undefined }))).toBe('accepted');
    expect(await verdictOn(good({}, { kid: '__proto__' }))).toBe('key_unknown');
  });

  it('reports in an outage that keys are unavailable, with the time to wait', async () => {
    const down = await passingIssuer();
    down.goDown();
    const subject = authenticator({ issuer: down.url });
    expect(await subject.authenticate(down.token({ aud: 'orders' }))).toMatchObject({
      reason: 'keys_unavailable',
      retryAfterSeconds: 2,
    });
    subject.stop();
  });

  it('reads the roles from the configured claim', async () => {
    const options = { issuer: { issuer: issuer.url, roles: ['https://acme.com/roles'], tenant: 'org.id' } };
    const verdict = await authenticator(options).authenticate(good({ 'https://acme.com/roles': ['clerk'], org: { id: 't1' } }));
    expect(verdict).toMatchObject({ principal: { roles: ['clerk'], tenant: 't1' } });
  });

  it('accepts any audience only if the option is null', async () => {
    expect(await verdictOn(good({ aud: 'users' }), { audience: null })).toBe('accepted');
  });
});

describe('a token that was verified before', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('is found again, with the same principal', async () => {
    const subject = authenticator();
    const token = good();
    const first = await subject.authenticate(token);
    const second = subject.authenticate(token);
    expect(second).toMatchObject({ principal: { subject: 'test-subject' } });
    expect('principal' in first && 'principal' in second && first.principal === second.principal).toBe(true);
  });

  it('is verified each time if none are remembered', async () => {
    const subject = authenticator({ verifiedTokens: 0 });
    const token = good();
    const first = await subject.authenticate(token);
    const second = await subject.authenticate(token);
    expect(second).toEqual(first);
    expect('principal' in first && 'principal' in second && first.principal === second.principal).toBe(false);
  });

  it('is never remembered by a refusal', async () => {
    const subject = authenticator();
    const begin = nowSeconds();
    const early = good({ nbf: begin + 120, exp: begin + 600 });
    expect(await subject.authenticate(early)).toMatchObject({ reason: 'token_not_yet_valid' });
    jest.spyOn(Date, 'now').mockReturnValue((begin + 120) * 1000);
    expect(await subject.authenticate(early)).toHaveProperty('principal');
  });

  it('ends at exp, whatever is remembered', async () => {
    const subject = authenticator();
    const begin = nowSeconds();
    const token = good({ exp: begin + 60 });
    await subject.authenticate(token);
    const clock = jest.spyOn(Date, 'now');
    clock.mockReturnValue((begin + 59) * 1000);
    expect(subject.authenticate(token)).toHaveProperty('principal');
    clock.mockReturnValue((begin + 60 + 31) * 1000);
    expect(await subject.authenticate(token)).toMatchObject({ reason: 'token_expired' });
  });

  it('dies with its key', async () => {
    const rotating = await passingIssuer();
    const clock = { ms: 0 };
    const subject = authenticator({ issuer: rotating.url }, clock);
    const old = rotating.token({ aud: 'orders' });
    await subject.authenticate(old);
    rotating.rotateKeys();
    expect(subject.authenticate(old)).toHaveProperty('principal');
    clock.ms += 30_000;
    expect(await subject.authenticate(rotating.token({ aud: 'orders' }))).toHaveProperty('principal');
    expect(await subject.authenticate(old)).toMatchObject({ reason: 'key_unknown' });
  });

  it('is not found again if the keys are too old', async () => {
    const leaving = await passingIssuer();
    const clock = { ms: 0 };
    const subject = authenticator({ issuer: leaving.url }, clock);
    const token = leaving.token({ aud: 'orders', exp: nowSeconds() + 200_000 });
    await subject.authenticate(token);
    leaving.goDown();
    clock.ms += 86_400_001;
    expect(await subject.authenticate(token)).toMatchObject({ reason: 'keys_unavailable' });
    subject.stop();
  });

  it('is no longer accepted after "acceptUntil"', async () => {
    const secret = 'a secret of the old service, 32 bytes and more';
    const acceptUntil = new Date(Date.now() + 60_000);
    const subject = authenticator({ issuers: [issuer.url, legacyIssuer({ issuer: 'legacy', key: secret, acceptUntil })] });
    const input = `${base64url({ alg: 'HS256' })}.${base64url({ iss: 'legacy', sub: 'a', aud: 'orders', exp: nowSeconds() + 3600 })}`;
    const token = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    expect(await subject.authenticate(token)).toMatchObject({ principal: { issuer: 'legacy' } });
    expect(subject.authenticate(token)).toHaveProperty('principal');
    jest.spyOn(Date, 'now').mockReturnValue(acceptUntil.getTime());
    expect(await subject.authenticate(token)).toMatchObject({ reason: 'issuer_retired' });
  });
});

describe('several issuers', () => {
  const both = (members: object = {}) =>
    authenticator({ issuers: [issuer.url, { issuer: stranger.url, rolePrefix: 'partner:', ...members }] });

  it('each verify their own tokens, by their own rules', async () => {
    const subject = both({ audience: 'partners', algorithms: ['ES256'] });
    const foreign = (claims: object, alg: 'RS256' | 'ES256' = 'ES256') =>
      stranger.token({ roles: ['admin'], ...claims }, { alg });
    expect(await subject.authenticate(good({ roles: ['admin'] }))).toMatchObject({ principal: { roles: ['admin'] } });
    expect(await subject.authenticate(foreign({ aud: 'partners' }))).toMatchObject({ principal: { roles: ['partner:admin'] } });
    expect(await subject.authenticate(foreign({ aud: 'orders' }))).toMatchObject({ reason: 'audience_mismatch' });
    expect(await subject.authenticate(foreign({ aud: 'partners' }, 'RS256'))).toMatchObject({ reason: 'algorithm_not_allowed' });
  });

  it('never verify for each other, under any kid', async () => {
    const subject = both();
    const forged = (kid: string) => stranger.token({ iss: issuer.url, aud: 'orders' }, { kid });
    expect(await subject.authenticate(forged(headerOf(stranger.token()).kid))).toMatchObject({ reason: 'key_unknown' });
    expect(await subject.authenticate(forged(headerOf(good()).kid))).toMatchObject({ reason: 'signature_invalid' });
  });

  it('fetch their keys ahead, each once, and none for a token of another issuer', async () => {
    const subject = both();
    const before = [issuer.keyRequests, stranger.keyRequests];
    subject.start();
    const tokens = [good(), stranger.token({ aud: 'orders' }), issuer.token({ iss: 'https://evil.example', aud: 'orders' })];
    const verdicts = await Promise.all(tokens.map(async (token) => subject.authenticate(token)));
    subject.stop();
    expect(verdicts[2]).toMatchObject({ reason: 'issuer_unknown' });
    expect([issuer.keyRequests, stranger.keyRequests]).toEqual(before.map((count) => count + 1));
  });

  it('are counted apart', async () => {
    const subject = both();
    const tokens = [good({ roles: ['a', 'b'] }), good({ roles: [] })];
    for (const token of [...tokens, tokens[0]!, good({ aud: 'users' }), stranger.token({ aud: 'users' }), 'garbage'])
      await subject.authenticate(token);
    const [ours, theirs] = subject.statistics();
    expect(ours).toMatchObject({ issuer: issuer.url, accepted: 3, refused: 1, roles: { mean: 1.3, most: 2 } });
    expect(ours?.tokenBytes.largest).toBe(tokens[0]!.length);
    expect(theirs).toEqual({
      issuer: stranger.url,
      accepted: 0,
      refused: 1,
      tokenBytes: { mean: 0, largest: 0 },
      roles: { mean: 0, most: 0 },
    });
  });

  it('report an accepted token beyond the budget once, until a larger one comes', async () => {
    const subject = both();
    const sized = (bytes: number) => good({ roles: ['a'], padding: 'x'.repeat(bytes) });
    for (const bytes of [100, 4000, 4000, 3500, 5000]) await subject.authenticate(sized(bytes));
    await subject.authenticate(good({ aud: 'users', padding: 'x'.repeat(9000) }));
    expect(subject.large).toEqual([
      [issuer.url, sized(4000).length, 1],
      [issuer.url, sized(5000).length, 1],
    ]);
  });
});

describe('issuers of a resolver', () => {
  const resolving = (resolve: (iss: string) => Promise<{ issuer: string } | undefined>) =>
    authenticator({ issuers: { resolve } });

  it('are found by the name in the token', async () => {
    const asked: string[] = [];
    const subject = resolving((iss) => {
      asked.push(iss);
      return Promise.resolve(iss === issuer.url ? { issuer: iss } : undefined);
    });
    const token = good();
    expect(await subject.authenticate(token)).toMatchObject({ principal: { issuer: issuer.url } });
    expect(subject.authenticate(token)).toHaveProperty('principal');
    expect(await subject.authenticate(stranger.token({ aud: 'orders' }))).toMatchObject({ reason: 'issuer_unknown' });
    expect(asked).toEqual([issuer.url, stranger.url]);
  });

  it('is unknown while the resolver does not answer', async () => {
    const subject = resolving(() => Promise.reject(new Error('database down')));
    expect(await subject.authenticate(good())).toMatchObject({ reason: 'keys_unavailable' });
  });

  it('must be the requested ones', async () => {
    const subject = resolving(() => Promise.resolve({ issuer: stranger.url }));
    expect(await subject.authenticate(good())).toMatchObject({ reason: 'keys_unavailable' });
  });
});

describe('a token with one character changed', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('');
  const character = fc.oneof(
    { arbitrary: fc.constantFrom(...alphabet), weight: 4 },
    fc.constantFrom('.', '=', '+', '/', ' ', '\n', '\u0000', 'ä', ''),
  );

  it.each(['RS256', 'ES256'] as const)('is refused, also where it decodes to the same bytes (%s)', async (alg) => {
    const subject = authenticator();
    const token = good({}, { alg });
    const at = fc.oneof({ arbitrary: fc.nat(token.length - 1), weight: 3 }, fc.constant(token.length - 1));
    expect(await subject.authenticate(token)).toHaveProperty('principal');
    await fc.assert(
      fc.asyncProperty(at, character, async (index, replacement) => {
        const mutated = token.slice(0, index) + replacement + token.slice(index + 1);
        const verdict = await subject.authenticate(mutated);
        if ('reason' in verdict) expect(REFUSAL_REASONS).toContain(verdict.reason);
        expect('principal' in verdict).toBe(mutated === token);
      }),
      { numRuns: 400 },
    );
  });

  it('is refused with an inserted, repeated or missing stretch', async () => {
    const subject = authenticator();
    const token = good();
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 2), fc.integer({ min: 1, max: 40 }), fc.boolean(), async (index, length, repeat) => {
        const piece = repeat ? token.slice(index, index + length) : '';
        const mutated = token.slice(0, index) + piece + (repeat ? token.slice(index) : token.slice(index + length));
        fc.pre(mutated !== token && mutated.slice(0, -1) !== token.slice(0, -1));
        expect(await subject.authenticate(mutated)).toHaveProperty('reason');
      }),
      { numRuns: 200 },
    );
  });

  it('never causes a throw, whatever the value', async () => {
    const subject = authenticator();
    const part = fc.oneof(fc.constantFrom(...good().split('.')), fc.json().map(base64url), fc.base64String());
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
        ),
        async (any) => {
          fc.pre(any !== good());
          const verdict = await subject.authenticate(any);
          expect('reason' in verdict ? REFUSAL_REASONS : [undefined]).toContain('reason' in verdict ? verdict.reason : undefined);
        },
      ),
    );
  });
});

describe('claims that only raw JSON can carry', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1' }] };
  const subject = authenticator({ issuer: { issuer: 'https://id.acme.com', jwks } });
  const signed = (claims: string, header = '{"alg":"ES256","kid":"k1"}') => {
    const input = `${base64url(header)}.${base64url(claims)}`;
    return `${input}.${sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  const base = '"iss":"https://id.acme.com","sub":"alice","aud":"orders"';

  it.each([
    ['a good end', `{${base},"exp":9999999999}`, 'accepted'],
    ['an infinite end', `{${base},"exp":1e999}`, 'claims_invalid'],
    ['a start at minus infinity', `{${base},"exp":9999999999,"nbf":-1e999}`, 'claims_invalid'],
    ['two ends, the last one good', `{${base},"exp":1,"exp":9999999999}`, 'accepted'],
    ['two ends, the last one past', `{${base},"exp":9999999999,"exp":1}`, 'token_expired'],
    ['two issuers, the last one ours', `{"iss":"https://evil.example",${base},"exp":9999999999}`, 'accepted'],
    ['two issuers, the first one ours', `{${base},"iss":"https://evil.example","exp":9999999999}`, 'issuer_unknown'],
    ['all but in __proto__', `{"__proto__":{${base},"exp":9999999999}}`, 'issuer_unknown'],
    ['the end in __proto__', `{${base},"__proto__":{"exp":9999999999}}`, 'claims_invalid'],
  ])('are judged with %s', async (_what, claims, expected) => {
    const verdict = await subject.authenticate(signed(claims));
    expect('reason' in verdict ? verdict.reason : 'accepted').toBe(expected);
  });

  it('give no roles by a member named __proto__', async () => {
    const verdict = await subject.authenticate(signed(`{${base},"exp":9999999999,"__proto__":{"roles":["admin"]}}`));
    expect(verdict).toMatchObject({ principal: { roles: [] } });
    expect(({} as Record<string, unknown>)['roles']).toBeUndefined();
  });

  it('may be nested as deep as the largest token allows', async () => {
    const depth = 5800;
    const token = signed(`{${base},"exp":9999999999,"roles":["viewer"],"x":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(token.length).toBeLessThanOrEqual(16 * 1024);
    expect(await subject.authenticate(token)).toMatchObject({ principal: { roles: ['viewer'] } });
  });

  it('leave nothing on Object.prototype', async () => {
    await subject.authenticate(
      signed(`{${base},"exp":9999999999,"constructor":{"prototype":{"polluted":1}},"__proto__":{"polluted":1}}`),
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('JwtStrategy', () => {
  const strategy = () => new JwtStrategy(authenticator().settings.issuers[0]!);
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;

  const jws = () => parseJws(good(), 16_384) as Jws;

  it.each<[string, KeyObject | undefined]>([
    ['of another type', ec],
    ['that is weak', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
    ['that is missing', undefined],
  ])('refuses a token under a key %s', (_what, key) => {
    expect(strategy().verify(jws(), key!)).toMatchObject({ reason: 'signature_invalid' });
  });

  it('accepts nothing if its authentication throws or ends without a result', () => {
    const broken = strategy();
    broken.authenticate = () => {
      throw new TypeError('not expected');
    };
    expect(broken.verify(jws(), ec)).toMatchObject({ reason: 'signature_invalid' });
    broken.authenticate = () => undefined;
    expect(broken.verify(jws(), ec)).toMatchObject({ reason: 'indeterminate' });
  });

  it('is a strategy of passport-jwt that Passport can run', async () => {
    const { keys } = (await (await fetch(issuer.jwksUri)).json()) as { readonly keys: readonly JsonWebKey[] };
    const key = createPublicKey({ key: keys.find(({ kid }) => kid === jws().header.kid)!, format: 'jwk' });
    const runBy = (token: object) =>
      new Promise((resolve) => {
        const answered = (_error: unknown, principal: unknown, info: unknown) => resolve(principal === false ? info : principal);
        const run = new passport.Authenticator().authenticate(strategy(), { session: false }, answered) as (
          ...of: object[]
        ) => void;
        run(token, {}, answered);
      });
    expect(strategy()).toBeInstanceOf(Strategy);
    expect(await runBy({ jws: jws(), key })).toMatchObject({ subject: 'test-subject' });
    expect(await runBy({ jws: jws(), key: ec })).toMatchObject({ reason: 'signature_invalid' });
  });

  it('is registered in no Passport of the process', () => {
    expect(strategy().getPassportInstance()).not.toBe(strategy().getPassportInstance());
  });
});
