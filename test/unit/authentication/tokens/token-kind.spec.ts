import fc from 'fast-check';
import { signOfAnotherKind } from '../../../../lib/authentication/tokens/token-kind.js';

const LOOKS_LIKE_ID_TOKEN = { aud: 'shop', azp: 'shop', nonce: 'n', at_hash: 'h', c_hash: 'c' };
const NAMED_ACCESS = [{ typ: 'Bearer' }, { typ: 'DPoP' }, { token_use: 'access' }, { tokenName: 'access_token' }];

/** Whether a token is of the accepted kind. */
const isOfKind = (...args: Parameters<typeof signOfAnotherKind>) => signOfAnotherKind(...args) === undefined;

describe('signOfAnotherKind', () => {
  it.each(NAMED_ACCESS)('accepts a token that is named %j as an access token, whatever its other claims', (name) => {
    expect(isOfKind({ ...LOOKS_LIKE_ID_TOKEN, ...name }, 'access')).toBe(true);
  });

  it.each(['at+jwt', 'application/at+jwt'])('accepts a token of typ %s as an access token, whatever its claims', (typ) => {
    expect(isOfKind(LOOKS_LIKE_ID_TOKEN, 'access', typ)).toBe(true);
    expect(isOfKind({ ...LOOKS_LIKE_ID_TOKEN, typ: 'ID' }, 'access', typ)).toBe(false);
  });

  it.each([[undefined], ['jwt'], ['jose']])('goes by the look of a token of typ %s that has no name', (typ) => {
    expect(isOfKind(LOOKS_LIKE_ID_TOKEN, 'access', typ)).toBe(false);
    expect(isOfKind({ aud: 'orders', azp: 'shop' }, 'access', typ)).toBe(true);
  });

  it.each([
    [{ scp: 'read' }, true],
    [{ scp: ['read'] }, true],
    [{ azpacr: '0' }, true],
    [{ appidacr: '1' }, true],
    [{ scp: '' }, false],
    [{ scp: [] }, false],
    [{ scp: [null, 7] }, false],
    [{ scp: { read: true } }, false],
    [{ azpacr: 1 }, false],
    [{ scope: 'openid' }, false],
    [{ client_id: 'shop' }, false],
    [{ roles: ['clerk'] }, false],
    [{ idtyp: 'app' }, false],
  ])('with %j accepts a nonce: %p', (claims, isAccepted) => {
    expect(isOfKind({ aud: 'orders', azp: 'shop', nonce: 'n', ...claims }, 'access')).toBe(isAccepted);
    expect(isOfKind({ aud: 'orders', nonce: 'n', at_hash: 'h', ...claims }, 'access')).toBe(false);
  });

  it.each([
    [{ scope: '' }, true],
    [{ scp: [] }, true],
    [{ client_id: 'shop' }, true],
    [{ azpacr: '1' }, true],
    [{ idtyp: 'app' }, true],
    [{ tid: 't', roles: ['clerk'] }, true],
    [{ iss: 'https://cloud.google.com/iap' }, true],
    [{ iss: 'https://cloud.google.com/iap/' }, false],
    [{ idtyp: 'user' }, false],
    [{ tid: 't' }, false],
    [{ roles: ['clerk'] }, false],
    [{}, false],
  ])('with %j accepts a token for its own client alone: %p', (claims, isAccepted) => {
    expect(isOfKind({ aud: 'shop', azp: 'shop', ...claims }, 'access')).toBe(isAccepted);
    expect(isOfKind({ aud: ['shop'], azp: 'shop', ...claims }, 'access')).toBe(isAccepted);
  });

  it.each(['tokenName', 'token_type', 'tokenType', 'type'])('refuses a token that %s names as another kind', (claim) => {
    for (const name of [
      'refresh',
      'Refresh',
      'refresh_token',
      'refresh-token',
      'refreshToken',
      'offline',
      'logout',
      'logout_token',
    ])
      for (const kind of ['access', 'id'] as const) expect(isOfKind({ [claim]: name }, kind)).toBe(false);
    for (const name of ['id', 'ID', 'id_token', 'idToken']) {
      expect(isOfKind({ [claim]: name }, 'access')).toBe(false);
      expect(isOfKind({ [claim]: name }, 'id')).toBe(true);
    }
    for (const name of ['access', 'Bearer', 'app', 'refreshing', 'my laptop', 7, null, ['refresh']])
      expect(isOfKind({ [claim]: name }, 'access')).toBe(true);
  });

  it('uses the name that the options require, if any', () => {
    const required = new Map([['typ', ['user']]]);
    expect(isOfKind({ typ: 'user', nonce: 'n' }, 'access', undefined, required)).toBe(true);
    expect(isOfKind({ typ: 'Bearer' }, 'access', undefined, required)).toBe(false);
    expect(isOfKind({ typ: 'user', token_use: 'id' }, 'access', undefined, required)).toBe(false);
    expect(isOfKind({ typ: 'user', nonce: 'n' }, 'access', undefined, new Map([['tid', ['acme']]]))).toBe(false);
    expect(isOfKind({ tid: 'acme', nonce: 'n' }, 'access', undefined, new Map([['tid', ['acme']]]))).toBe(false);
  });

  it('accepts ID tokens if configured, and no refresh, logout or unknown token', () => {
    for (const claims of [LOOKS_LIKE_ID_TOKEN, { typ: 'ID' }, { token_use: 'id' }, { typ: 'Bearer' }, {}])
      expect(isOfKind(claims, 'id')).toBe(true);
    for (const claims of [{ typ: 'Refresh' }, { typ: 'Offline' }, { token_use: 'refresh' }, { typ: null }, { events: {} }])
      expect(isOfKind(claims, 'id')).toBe(false);
  });

  it('refuses an event or another name in spite of an accepted name', () => {
    const other = fc.constantFrom({ events: null }, { typ: 'ID' }, { typ: 'Refresh' }, { token_use: 'id' }, { type: 'refresh' });
    const rest = fc.dictionary(fc.constantFrom('scp', 'scope', 'azpacr', 'client_id', 'idtyp', 'tid', 'roles'), fc.anything());
    const typ = fc.constantFrom(undefined, 'jwt', 'at+jwt', 'application/at+jwt');
    fc.assert(
      fc.property(fc.constantFrom({}, ...NAMED_ACCESS), other, rest, typ, (named, otherwise, more, header) => {
        expect(isOfKind({ ...named, ...more, ...otherwise }, 'access', header)).toBe(false);
      }),
    );
  });

  it('never throws, and reads own claims only', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), fc.anything(), (claims, typ) => {
        for (const kind of ['access', 'id'] as const) expect(typeof isOfKind(claims, kind, typ)).toBe('boolean');
      }),
    );
    expect(isOfKind(Object.create({ typ: 'ID', events: {} }) as Record<string, unknown>, 'access')).toBe(true);
    expect(isOfKind(Object.assign(Object.create({ typ: 'Bearer' }) as object, { nonce: 'n' }), 'access')).toBe(false);
  });
});
