import fc from 'fast-check';
import { legacyIssuer, parseAuthenticationSettings, type AuthenticationOptions } from '../../../../lib/authentication/index.js';
import { checkClaims, checkTokenKind } from '../../../../lib/authentication/tokens/check-claims.js';
import { REFUSAL_REASONS } from '../../../../lib/core/index.js';

const NOW = 1_800_000_000;
const GOOD = { iss: 'https://id.acme.com', sub: 'alice', aud: 'orders', exp: NOW + 60, iat: NOW - 60, client_id: 'shop' };
const OPTIONS: AuthenticationOptions = { issuer: GOOD.iss, audience: ['orders', 'https://orders.acme.com'] };

const settingsOf = (options: Partial<AuthenticationOptions> = {}) =>
  parseAuthenticationSettings({ ...OPTIONS, ...options } as AuthenticationOptions).issuers[0]!;
const issuerWith = (members: object) => ({ issuer: { issuer: GOOD.iss, ...members } });
/** A good token's claims with these changes; `undefined` leaves a claim out. */
function claimsWith(changes: Record<string, unknown>) {
  const all: Record<string, unknown> = { ...GOOD, ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
const check = (changes: Record<string, unknown>, options?: Partial<AuthenticationOptions>) =>
  checkClaims(claimsWith(changes), settingsOf(options), NOW)?.reason;
const kind = (changes: Record<string, unknown>, options?: Partial<AuthenticationOptions>) =>
  checkTokenKind(claimsWith(changes), settingsOf(options))?.reason;

describe('checkClaims', () => {
  it('accepts a good token', () => {
    expect(check({})).toBeUndefined();
  });

  it.each([
    [undefined],
    ['https://id.acme.com/'],
    ['https://ID.acme.com'],
    ['https://id.acme.com '],
    ['http://id.acme.com'],
    ['https://evil.example'],
    [['https://id.acme.com']],
    [['https://id.acme.com', 'https://evil.example']],
    [{ toString: 'https://id.acme.com' }],
    [null],
    [7],
    [''],
  ])('refuses the issuer %j', (iss) => {
    expect(check({ iss })).toBe('issuer_unknown');
  });

  it.each([[undefined], [null], [''], [7], [['alice']], [{}], [true]])('refuses the subject %j', (sub) => {
    expect(check({ sub })).toBe('claims_invalid');
  });

  it.each([
    ['exp', NOW + 1, undefined],
    ['exp', NOW - 29.5, undefined],
    ['exp', NOW - 30, 'token_expired'],
    ['exp', NOW - 31, 'token_expired'],
    ['exp', 0, 'token_expired'],
    ['exp', -1, 'token_expired'],
    ['exp', 9007199254740991, undefined],
    ['exp', 1e308, undefined],
    ['exp', undefined, 'claims_invalid'],
    ['exp', null, 'claims_invalid'],
    ['exp', `${NOW + 60}`, 'claims_invalid'],
    ['exp', Number.NaN, 'claims_invalid'],
    ['exp', Infinity, 'claims_invalid'],
    ['exp', -Infinity, 'token_expired'],
    ['exp', [NOW + 60], 'claims_invalid'],
    ['exp', {}, 'claims_invalid'],
    ['exp', true, 'claims_invalid'],
    ['nbf', NOW, undefined],
    ['nbf', NOW + 30, undefined],
    ['nbf', NOW + 31, 'token_not_yet_valid'],
    ['nbf', 9007199254740991, 'token_not_yet_valid'],
    ['nbf', -5, undefined],
    ['nbf', null, 'claims_invalid'],
    ['nbf', `${NOW}`, 'claims_invalid'],
    ['nbf', Number.NaN, 'claims_invalid'],
    ['nbf', -Infinity, 'claims_invalid'],
    ['nbf', [], 'claims_invalid'],
    ['iat', undefined, undefined],
    ['iat', NOW + 30, undefined],
    ['iat', NOW + 31, 'token_not_yet_valid'],
    ['iat', null, 'claims_invalid'],
    ['iat', '0', 'claims_invalid'],
    ['iat', Infinity, 'claims_invalid'],
  ])('checks %s %p: %p', (name, value, reason) => {
    expect(check({ [name]: value })).toBe(reason);
  });

  it('reads times under the tolerance it is given', () => {
    expect(check({ exp: NOW }, { clockToleranceSeconds: 0 })).toBe('token_expired');
    expect(check({ exp: NOW - 299 }, { clockToleranceSeconds: 300 })).toBeUndefined();
    expect(check({ nbf: NOW + 1 }, { clockToleranceSeconds: 0 })).toBe('token_not_yet_valid');
  });

  it.each([
    ['orders', undefined],
    ['https://orders.acme.com', undefined],
    [['orders'], undefined],
    [['users', 'orders'], undefined],
    [undefined, 'audience_mismatch'],
    [null, 'audience_mismatch'],
    ['', 'audience_mismatch'],
    ['Orders', 'audience_mismatch'],
    ['orders ', 'audience_mismatch'],
    ['orders users', 'audience_mismatch'],
    ['https://orders.acme.com/', 'audience_mismatch'],
    [[], 'audience_mismatch'],
    [['users'], 'audience_mismatch'],
    [[['orders']], 'audience_mismatch'],
    [[7, null, {}], 'audience_mismatch'],
    [{ orders: true }, 'audience_mismatch'],
    [true, 'audience_mismatch'],
  ])('checks the audience %j: %p', (aud, reason) => {
    expect(check({ aud })).toBe(reason);
  });

  it('accepts any audience only if the option is null', () => {
    expect(check({ aud: undefined }, { audience: null })).toBeUndefined();
    expect(check({ aud: 'users' }, { audience: null })).toBeUndefined();
  });

  it.each([
    [{ client_id: 'shop' }, undefined],
    [{ client_id: undefined, azp: 'till' }, undefined],
    [{ client_id: 'other' }, 'audience_mismatch'],
    [{ client_id: 'other', azp: 'shop' }, 'audience_mismatch'],
    [{ client_id: undefined }, 'audience_mismatch'],
    [{ client_id: ['shop'] }, 'audience_mismatch'],
    [{ client_id: 7 }, 'audience_mismatch'],
    [{ client_id: undefined, cid: 'shop' }, undefined],
    [{ client_id: undefined, appid: 'till' }, undefined],
    [{ client_id: null, azp: null, cid: 'shop' }, undefined],
    [{ client_id: undefined, cid: 'other' }, 'audience_mismatch'],
    [{ client_id: undefined, appid: ['shop'] }, 'audience_mismatch'],
    [{ client_id: undefined, azp: 'other', cid: 'shop', appid: 'shop' }, 'audience_mismatch'],
    [{ client_id: '', cid: 'shop' }, 'audience_mismatch'],
  ])('accepts the clients of the list only: %j, %p', (claims, reason) => {
    expect(check(claims, issuerWith({ clientIds: ['shop', 'till'] }))).toBe(reason);
  });

  it('accepts tokens that name no client only with an explicit null', () => {
    const withNull = issuerWith({ clientIds: ['shop', null] });
    expect(check({ client_id: undefined }, withNull)).toBeUndefined();
    expect(check({ client_id: 'shop' }, withNull)).toBeUndefined();
    for (const client of ['other', '', 7, ['shop'], false])
      expect(check({ client_id: client }, withNull)).toBe('audience_mismatch');
    expect(check({ client_id: undefined }, issuerWith({ clientIds: [null] }))).toBeUndefined();
    expect(check({ client_id: 'shop' }, issuerWith({ clientIds: [null] }))).toBe('audience_mismatch');
  });

  it.each([
    [{ exp: NOW + 60, iat: NOW - 60 }, undefined],
    [{ exp: NOW + 61, iat: NOW - 60 }, 'lifetime_too_long'],
    [{ exp: 1e308, iat: NOW }, 'lifetime_too_long'],
    [{ iat: undefined }, 'claims_invalid'],
    [{ exp: NOW - 3600, iat: 0 }, 'token_expired'],
  ])('limits the lifetime as configured: %j, %p', (claims, reason) => {
    expect(check(claims, { maxTokenLifetimeSeconds: 120 })).toBe(reason);
  });

  const FULL = { client_id: 'shop', jti: 'j1' };
  it.each([
    [FULL, undefined],
    [{ ...FULL, sub: undefined }, 'claims_invalid'],
    [{ ...FULL, client_id: undefined }, 'claims_invalid'],
    [{ ...FULL, client_id: undefined, azp: 'shop' }, 'claims_invalid'],
    [{ ...FULL, client_id: ['shop'] }, 'claims_invalid'],
    [{ ...FULL, jti: undefined }, 'claims_invalid'],
    [{ ...FULL, jti: '' }, 'claims_invalid'],
    [{ ...FULL, jti: 7 }, 'claims_invalid'],
    [{ ...FULL, iat: undefined }, 'claims_invalid'],
    [{ ...FULL, exp: undefined }, 'claims_invalid'],
    [{ ...FULL, aud: undefined }, 'audience_mismatch'],
  ])('requires all claims of RFC 9068 with that profile: %j, %p', (claims, reason) => {
    expect(check(claims, { profile: 'rfc9068' })).toBe(reason);
  });

  it('requires an audience with that profile also if any is accepted', () => {
    expect(check({ ...FULL, aud: 'users' }, { profile: 'rfc9068', audience: null })).toBeUndefined();
    expect(check({ ...FULL, aud: undefined }, { profile: 'rfc9068', audience: null })).toBe('claims_invalid');
  });

  it.each([[null], [true], ['banned'], ['constructor'], [{ subject: 'root' }], [Promise.resolve(undefined)]])(
    'refuses the token if the application returns %j as the reason',
    (answer) => expect(check({}, issuerWith({ refuse: () => answer }))).toBe('claims_invalid'),
  );

  it('lets the application refuse last, and treats a throw as a refusal', () => {
    const refusing = (answer: () => unknown) => issuerWith({ refuse: answer });
    expect(
      check(
        {},
        refusing(() => 'session_pending'),
      ),
    ).toBe('session_pending');
    expect(
      check(
        {},
        refusing(() => undefined),
      ),
    ).toBeUndefined();
    expect(
      check(
        {},
        refusing(() => {
          throw new TypeError('odd');
        }),
      ),
    ).toBe('claims_invalid');
    expect(
      check(
        { aud: 'users' },
        refusing(() => 'session_pending'),
      ),
    ).toBe('audience_mismatch');
  });

  it('retires the old issuer in time, and requires no sub if the subject is in another claim', () => {
    const legacy = (acceptUntil: Date, subject?: () => string) => ({
      issuer: legacyIssuer({ issuer: GOOD.iss, key: 's'.repeat(32), acceptUntil, ...(subject && { subject }) }),
    });
    const later = new Date(Date.now() + 60_000);
    expect(check({}, legacy(later))).toBeUndefined();
    expect(check({}, legacy(new Date(Date.now() - 1)))).toBe('issuer_retired');
    expect(check({ sub: undefined }, legacy(later))).toBe('claims_invalid');
    expect(
      check(
        { sub: undefined },
        legacy(later, () => 'alice'),
      ),
    ).toBeUndefined();
  });

  it('reads own claims only', () => {
    const settings = settingsOf();
    expect(checkClaims(Object.create(GOOD) as Record<string, unknown>, settings, NOW)?.reason).toBe('issuer_unknown');
    const hidden = JSON.parse(`{"__proto__": ${JSON.stringify(GOOD)}}`) as Record<string, unknown>;
    expect(checkClaims(hidden, settings, NOW)?.reason).toBe('issuer_unknown');
  });

  it('returns a reason or none for any claims, and accepts nothing without a valid issuer, audience and expiry', () => {
    const settings = settingsOf();
    const odd = (name: keyof typeof GOOD) => fc.oneof({ arbitrary: fc.constant(GOOD[name]), weight: 4 }, fc.anything());
    const claims = fc.record(
      {
        iss: odd('iss'),
        sub: odd('sub'),
        aud: odd('aud'),
        exp: odd('exp'),
        nbf: fc.oneof(fc.integer(), fc.anything()),
        typ: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(claims, (any) => {
        const reason = checkClaims(any, settings, NOW)?.reason;
        if (reason !== undefined) expect(REFUSAL_REASONS).toContain(reason);
        else {
          expect(any).toMatchObject({ iss: GOOD.iss, sub: expect.any(String) });
          expect(any.exp).toBeGreaterThan(NOW - 30);
          expect([any.aud].flat()).toContain('orders');
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each<[object, unknown, string | undefined]>([
    [{ _claim_names: { roles: 'src1' } }, undefined, 'roles_overage'],
    [{ _claim_names: { realm_access: 'src1' } }, 'realm_access.roles', 'roles_overage'],
    [{ _claim_names: { groups: 'src1' } }, { anyOf: ['roles', 'groups'] }, 'roles_overage'],
    [{ hasgroups: true }, 'groups', 'roles_overage'],
    [{ hasgroups: true }, undefined, undefined],
    [{ hasgroups: 'true' }, 'groups', undefined],
    [{ _claim_names: { groups: 'src1' } }, undefined, undefined],
    [{ _claim_names: { roles: 'src1' } }, 'realm_access.roles', undefined],
    [{ _claim_names: {} }, ['constructor'], undefined],
    [{ _claim_names: ['roles'] }, undefined, undefined],
    [{ _claim_names: 'roles' }, undefined, undefined],
    [{ _claim_names: null }, undefined, undefined],
  ])('refuses a token that only refers to its roles: %j with roles from %j, %p', (claims, roles, reason) => {
    expect(check({ ...claims }, issuerWith(roles === undefined ? {} : { roles }))).toBe(reason);
  });
});

describe('checkTokenKind', () => {
  it.each([
    [{ token_use: 'access' }, undefined],
    [{ typ: 'Bearer' }, undefined],
    [{ typ: 'DPoP' }, undefined],
    [{ token_use: 'id' }, 'not_access_token'],
    [{ token_use: 'refresh' }, 'not_access_token'],
    [{ token_use: null }, 'not_access_token'],
    [{ token_use: ['access'] }, 'not_access_token'],
    [{ typ: 'ID' }, 'not_access_token'],
    [{ typ: 'Refresh' }, 'not_access_token'],
    [{ typ: 'Logout' }, 'not_access_token'],
    [{ typ: 'bearer' }, 'not_access_token'],
    [{ typ: null }, 'not_access_token'],
    [{ nonce: 'x' }, 'not_access_token'],
    [{ nonce: null }, 'not_access_token'],
    [{ at_hash: 'x' }, 'not_access_token'],
    [{ c_hash: 'x' }, 'not_access_token'],
    [{ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }, 'not_access_token'],
  ])('detects by %j the kind of the token: %p', (claims, reason) => {
    expect(kind(claims)).toBe(reason);
  });

  it.each([
    [{ aud: 'shop', azp: 'shop' }, 'not_access_token'],
    [{ aud: ['shop'], azp: 'shop' }, 'not_access_token'],
    [{ aud: ['shop', 'orders'], azp: 'shop' }, undefined],
    [{ aud: 'shop', azp: 'shop', scope: 'read' }, undefined],
    [{ aud: 'shop', azp: 'shop', scp: ['read'] }, undefined],
    [{ aud: 'shop', azp: 'shop', client_id: 'shop' }, undefined],
    [{ aud: 'shop', azp: 'till' }, undefined],
    [{ aud: 'shop' }, undefined],
    [{ aud: undefined }, undefined],
    [{ aud: [] }, undefined],
  ])('treats a token for its own client only as an ID token: %j, %p', (claims, reason) => {
    expect(kind({ client_id: undefined, ...claims })).toBe(reason);
  });

  it.each([
    [{ token_use: 'access' }, undefined],
    [{}, 'claims_invalid'],
    [{ token_use: 'access', tid: ['acme'] }, 'claims_invalid'],
    [{ token_use: 'access', tid: 'other' }, 'claims_invalid'],
    [{ token_use: 'Access' }, 'not_access_token'],
    [{ token_use: ['access'] }, 'not_access_token'],
  ])('requires the claims of the settings: %j, %p', (claims, reason) => {
    const options = issuerWith({ requiredClaims: { token_use: 'access', tid: ['acme', 'beta'] } });
    expect(kind({ tid: 'acme', ...claims }, options)).toBe(reason);
  });

  it('requires all of several required claims', () => {
    const options = issuerWith({ requiredClaims: { a: '1', b: '2' } });
    expect(kind({ a: '1' }, options)).toBe('claims_invalid');
    expect(kind({ b: '2' }, options)).toBe('claims_invalid');
    expect(kind({ a: '1', b: '2' }, options)).toBeUndefined();
  });

  it('accepts ID tokens only if configured, and never other kinds', () => {
    const idTokens = issuerWith({ tokenKind: 'id' });
    expect(kind({ nonce: 'x', at_hash: 'y' }, idTokens)).toBeUndefined();
    expect(kind({ client_id: undefined, aud: 'shop', azp: 'shop' }, idTokens)).toBeUndefined();
    expect(kind({ events: {} }, idTokens)).toBe('not_access_token');
  });

  it('reads own claims only', () => {
    expect(kind({}, issuerWith({ requiredClaims: { constructor: 'x' } }))).toBe('claims_invalid');
    expect(checkTokenKind(Object.create({ nonce: 'x', typ: 'ID' }) as Record<string, unknown>, settingsOf())).toBeUndefined();
  });
});
