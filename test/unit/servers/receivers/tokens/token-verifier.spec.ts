import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { newSigningKey, signJwt } from '../../../../../lib/testing/jwt.js';
import { LOGOUT_TOKEN } from '../../../../../lib/servers/receivers/back-channel-logout/logout-token.js';
import { POLLED_TOKEN, PUSHED_TOKEN } from '../../../../../lib/servers/receivers/shared-signals/security-event-token.js';
import { TokenVerifier, type TokenKind } from '../../../../../lib/servers/receivers/tokens/token-verifier.js';
import { nowSeconds } from '../../../../tokens/now-seconds.js';

const ISSUER = 'https://id.acme.test';
const key = newSigningKey('k1', 'RS256');
const keys = { key: createPublicKey(key.privateKey) };
let lookups = 0;
const verifierOf = (kind: TokenKind, keyFor = () => (lookups++, keys) as never, askedForSetAt?: number, jwks?: object) =>
  new TokenVerifier(kind, { issuer: ISSUER, audience: ['us', 'us-too'], algorithms: ['RS256'], jwks }, { keyFor, askedForSetAt });

const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';
const REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';
const logout = (claims: object = {}, header: object = {}) =>
  signJwt(
    { alg: 'RS256', kid: 'k1', typ: 'logout+jwt', ...header },
    { iss: ISSUER, aud: 'us', iat: nowSeconds(), jti: 'j', sub: 'carl', events: { [LOGOUT]: {} }, ...claims },
    key,
  );
const set = (claims: object = {}, header: object = {}) =>
  signJwt(
    { alg: 'RS256', kid: 'k1', typ: 'secevent+jwt', ...header },
    { iss: ISSUER, aud: 'us', iat: nowSeconds(), jti: 'j', events: { [REVOKED]: {} }, ...claims },
    key,
  );

describe('a token', () => {
  it.each([
    ['logout token', LOGOUT_TOKEN, logout()],
    ['logout token for the second client', LOGOUT_TOKEN, logout({ aud: ['x', 'us-too'] })],
    ['logout token that is just in time', LOGOUT_TOKEN, logout({ iat: nowSeconds() - 355 })],
    ['logout token of a clock that is ahead', LOGOUT_TOKEN, logout({ iat: nowSeconds() + 55 })],
    ['logout token without a type', LOGOUT_TOKEN, logout({}, { typ: undefined })],
    ['logout token with a media type', LOGOUT_TOKEN, logout({}, { typ: 'application/logout+JWT' })],
    ['logout token whose event has members', LOGOUT_TOKEN, logout({ events: { [LOGOUT]: { a: 1 }, other: {} } })],
    ['security event token', PUSHED_TOKEN, set()],
    ['security event token of yesterday', PUSHED_TOKEN, set({ iat: nowSeconds() - 86_000 })],
    ['polled token of last week', POLLED_TOKEN, set({ iat: nowSeconds() - 604_800 })],
  ])('%s is verified', async (_, kind, token) => {
    expect(await verifierOf(kind).verify(token)).toMatchObject({ verified: { jti: 'j' } });
  });

  it.each<[string, TokenKind, string, string]>([
    ['type', LOGOUT_TOKEN, 'at+jwt', logout({}, { typ: 'at+jwt' })],
    ['type', LOGOUT_TOKEN, 'a security event token', logout({}, { typ: 'secevent+jwt' })],
    ['type', LOGOUT_TOKEN, 'a number for a type', logout({}, { typ: 7 })],
    ['type', PUSHED_TOKEN, 'no type', set({}, { typ: undefined })],
    ['type', PUSHED_TOKEN, 'JWT', set({}, { typ: 'JWT' })],
    ['type', PUSHED_TOKEN, 'a logout token', set({}, { typ: 'logout+jwt' })],
    ['algorithm', PUSHED_TOKEN, 'none', set({}, { alg: 'none' })],
    ['algorithm', PUSHED_TOKEN, 'HS256', set({}, { alg: 'HS256' })],
    ['algorithm', PUSHED_TOKEN, 'one that is not listed', set({}, { alg: 'RS512' })],
    ['algorithm', PUSHED_TOKEN, 'no algorithm', set({}, { alg: undefined })],
    ['issuer', PUSHED_TOKEN, 'another', set({ iss: `${ISSUER}/` })],
    ['issuer', PUSHED_TOKEN, 'none', set({ iss: undefined })],
    ['issuer', PUSHED_TOKEN, 'a list', set({ iss: [ISSUER] })],
    ['audience', PUSHED_TOKEN, 'another', set({ aud: 'them' })],
    ['audience', PUSHED_TOKEN, 'a list of others', set({ aud: ['them'] })],
    ['audience', PUSHED_TOKEN, 'an object', set({ aud: { us: true } })],
    ['audience', PUSHED_TOKEN, 'none', set({ aud: undefined })],
    ['times', LOGOUT_TOKEN, 'too old', logout({ iat: nowSeconds() - 365 })],
    ['times', LOGOUT_TOKEN, 'to come', logout({ iat: nowSeconds() + 65 })],
    ['times', PUSHED_TOKEN, 'too old', set({ iat: nowSeconds() - 87_000 })],
    ['times', POLLED_TOKEN, 'negative', set({ iat: -1 })],
    ['times', POLLED_TOKEN, 'no number', set({ iat: null })],
    ['expired', LOGOUT_TOKEN, 'over', logout({ exp: nowSeconds() - 61 })],
    ['expired', LOGOUT_TOKEN, 'null', logout({ exp: null })],
    ['expired', LOGOUT_TOKEN, 'not yet', logout({ nbf: nowSeconds() + 65 })],
    ['id', LOGOUT_TOKEN, 'none', logout({ jti: undefined })],
    ['id', LOGOUT_TOKEN, 'a number', logout({ jti: 1 })],
    ['id', LOGOUT_TOKEN, 'too long', logout({ jti: 'x'.repeat(257) })],
    ['nonce', LOGOUT_TOKEN, 'a string', logout({ nonce: 'n' })],
    ['nonce', LOGOUT_TOKEN, 'null', logout({ nonce: null })],
    ['events', LOGOUT_TOKEN, 'none', logout({ events: {} })],
    ['events', LOGOUT_TOKEN, 'null', logout({ events: { [LOGOUT]: null } })],
    ['events', LOGOUT_TOKEN, 'that of a parent', logout({ events: { ['__proto__']: { [LOGOUT]: {} } } })],
    ['subject', LOGOUT_TOKEN, 'none', logout({ sub: undefined })],
    ['subject', LOGOUT_TOKEN, 'an empty text', logout({ sub: '' })],
    ['subject', LOGOUT_TOKEN, 'a session that is not a string', logout({ sid: 1 })],
    ['forbidden', PUSHED_TOKEN, 'sub', set({ sub: 'carl' })],
    ['forbidden', PUSHED_TOKEN, 'exp', set({ exp: nowSeconds() + 60 })],
    ['events', PUSHED_TOKEN, 'none', set({ events: undefined })],
    ['events', PUSHED_TOKEN, 'an empty object', set({ events: {} })],
    ['events', PUSHED_TOKEN, 'two', set({ events: { [REVOKED]: {}, other: {} } })],
    ['events', PUSHED_TOKEN, 'a list', set({ events: [{}] })],
    ['events', PUSHED_TOKEN, 'an event that is not an object', set({ events: { [REVOKED]: 'x' } })],
    ['events', PUSHED_TOKEN, 'an event whose name is no URI', set({ events: { '': {} } })],
    ['malformed', PUSHED_TOKEN, 'a critical header', set({}, { crit: ['exp'] })],
    ['malformed', LOGOUT_TOKEN, 'too large', logout({ filler: 'x'.repeat(16_384) })],
  ])('is refused for its %s: %#', async (fault, kind, _, token) => {
    expect(await verifierOf(kind).verify(token)).toEqual({ fault });
  });

  it('is refused for its signature', async () => {
    const [header, , signature] = set().split('.');
    const forged = [header, set({ jti: 'other' }).split('.')[1], signature].join('.');
    expect(await verifierOf(PUSHED_TOKEN).verify(forged)).toEqual({ fault: 'signature' });
  });

  it('is refused without a fetch of keys if its type, algorithm or issuer is wrong', async () => {
    lookups = 0;
    for (const token of [set({}, { typ: 'JWT' }), set({}, { alg: 'HS256' }), set({ iss: 'x' })])
      await verifierOf(PUSHED_TOKEN).verify(token);
    expect(lookups).toBe(0);
  });

  it('has to be sent again if there are no keys', async () => {
    const unavailable = verifierOf(PUSHED_TOKEN, () => ({ reason: 'keys_unavailable', retryAfterSeconds: 3 }) as never);
    expect(await unavailable.verify(set())).toEqual({ retryAfterSeconds: 3 });
  });

  describe('with an unknown key', () => {
    const unknown = () => ({ reason: 'key_unknown' }) as never;
    const later = { retryAfterSeconds: 30, endsAs: 'key' };

    it('is refused if the keys were fetched since it arrived', async () => {
      let askedForSetAt = 0;
      const keyFor = () => ((askedForSetAt = Date.now()), unknown());
      const store = { keyFor, get askedForSetAt() { return askedForSetAt; } }; // prettier-ignore
      const verifier = new TokenVerifier(PUSHED_TOKEN, { issuer: ISSUER, audience: ['us'], algorithms: ['RS256'] }, store);
      expect(await verifier.verify(set())).toEqual({ fault: 'key' });
    });

    it('is refused if it is older than the keys, by any clock, and has to be sent again if it may be newer', async () => {
      const issued = (seconds: number) =>
        verifierOf(PUSHED_TOKEN, unknown, Date.now() - 1000).verify(set({ iat: nowSeconds() - seconds }));
      expect(await issued(65)).toEqual({ fault: 'key' });
      expect(await issued(55)).toEqual(later);
      expect(await issued(-5)).toEqual(later);
    });

    it('has to be sent again if the keys were never fetched', async () => {
      expect(await verifierOf(PUSHED_TOKEN, unknown).verify(set({ iat: nowSeconds() - 3600 }))).toEqual(later);
    });

    it('has to be sent again, however old it is, if its sender keeps it', async () => {
      expect(await verifierOf(POLLED_TOKEN, unknown, Date.now()).verify(set({ iat: nowSeconds() - 604_800 }))).toEqual(later);
    });

    it('is refused if the keys are fixed', async () => {
      for (const kind of [PUSHED_TOKEN, POLLED_TOKEN])
        expect(await verifierOf(kind, unknown, undefined, { keys: [] }).verify(set())).toEqual({ fault: 'key' });
    });

    it('is refused if it would be with any key', async () => {
      for (const claims of [{ aud: 'x' }, { iat: nowSeconds() + 3600 }, { iat: nowSeconds() - 90_000 }, { events: {} }])
        expect(await verifierOf(PUSHED_TOKEN, unknown).verify(set(claims))).toEqual({ fault: 'key' });
    });
  });
});

describe('any input', () => {
  const verifier = verifierOf(PUSHED_TOKEN);
  const logouts = verifierOf(LOGOUT_TOKEN);

  it('is refused if it is not a token', async () => {
    const part = fc.oneof(
      fc.base64String(),
      fc.string(),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        expect(await verifier.verify(parts.join('.'))).toHaveProperty('fault');
      }),
    );
  });

  it('is never accepted with one part changed', async () => {
    const token = set();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_', '.', '=', 'é'),
        async (at, character) => {
          fc.pre(token[at] !== character);
          expect(await verifier.verify(token.slice(0, at) + character + token.slice(at + 1))).toHaveProperty('fault');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is refused without an error if it is signed but invalid', async () => {
    const claims = fc.dictionary(
      fc.constantFrom('aud', 'iat', 'jti', 'exp', 'nbf', 'events', 'sub', 'sid', 'sub_id', 'nonce', '__proto__'),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(claims, async (nonsense) => {
        // The generated claims have neither the audience nor an event.
        for (const [checked, token] of [
          [verifier, set({ events: {}, ...nonsense })],
          [logouts, logout({ events: {}, ...nonsense })],
        ] as const)
          expect(await checked.verify(token)).toHaveProperty('fault');
      }),
    );
  });
});

describe('a key of the issuer', () => {
  const other = createPublicKey(newSigningKey('k1', 'RS256').privateKey);
  const verify = (held: object, replaced?: object) => {
    const replacedKeyFor = () => Promise.resolve(replaced as never);
    const store = { keyFor: () => held as never, askedForSetAt: undefined, replacedKeyFor };
    const terms = { issuer: ISSUER, audience: ['us'], algorithms: ['RS256'], jwks: undefined };
    return new TokenVerifier(PUSHED_TOKEN, terms, store).verify(set());
  };

  it('with the same kid verifies, and so does one that replaced another under its kid', async () => {
    expect(await verify({ key: other, others: [other, keys.key] })).toHaveProperty('verified');
    expect(await verify({ key: other }, keys)).toHaveProperty('verified');
    expect(await verify({ key: other }, { key: other })).toEqual({ fault: 'signature' });
    expect(await verify({ key: other }, { reason: 'key_unknown' })).toEqual({ fault: 'signature' });
    expect(await verify({ key: other, others: [other] })).toEqual({ fault: 'signature' });
  });
});
