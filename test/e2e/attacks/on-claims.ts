import type { Attack, AttackGroup } from './attack.js';
import { AUDIENCE, now, type TokenKit } from './token-kit.js';
import type { RefusalReason } from '../../../lib/index.js';

const ISS = 'iss is compared exactly (RFC 8725 section 3.8): no list, no case, no slash more or less';
const AUD = 'aud names this service exactly (RFC 7519 section 4.1.3)';
const NUMBER = 'a NumericDate is a finite JSON number (RFC 7519 section 2)';
const TIME = 'a token is good in its time alone';
const KIND = 'only access tokens are access tokens (RFC 8725 section 3.11)';
const STRICT = 'the profile demands every claim of RFC 9068 section 2.2';

type Claims = Readonly<Record<string, unknown>>;

const claims = (name: string, why: string, refused: RefusalReason, changed: (kit: TokenKit) => Claims): Attack => [
  name,
  why,
  refused,
  (kit) => kit.token({ claims: changed(kit) }),
];

/** The raw JSON of one number, which JSON.stringify would not write. */
const number = (claim: string, json: string, refused: RefusalReason): Attack => [
  `${claim} is ${json.length > 30 ? `${json.slice(0, 30)}…` : json}`,
  NUMBER,
  refused,
  (kit) => kit.token({ claims: { [claim]: 'HERE' }, rawClaims: (text) => text.replace('"HERE"', json) }),
];

const NO_NUMBERS = ['"9999999999"', '"never"', '""', 'null', 'true', '[9999999999]', '[]', '{}', '{"valueOf":9999999999}'];

const issuers: readonly (readonly [name: string, iss: (kit: TokenKit) => unknown])[] = [
  ['with a slash at its end', (kit) => `${kit.issuer('wide')}/`],
  ['in capitals', (kit) => kit.issuer('wide').toUpperCase()],
  ['with a blank at its end', (kit) => `${kit.issuer('wide')} `],
  ['with a query', (kit) => `${kit.issuer('wide')}?`],
  ['with a fragment', (kit) => `${kit.issuer('wide')}#`],
  ['with a path below', (kit) => `${kit.issuer('wide')}/x`],
  ['a prefix of it', (kit) => kit.issuer('wide').slice(0, -1)],
  ['with another scheme', (kit) => kit.issuer('wide').replace('http:', 'https:')],
  ['with credentials', (kit) => kit.issuer('wide').replace('//', '//evil@')],
  ['with dots in its path', (kit) => kit.issuer('./wide')],
  ['with an escaped letter', (kit) => kit.issuer('wid%65')],
  ['without scheme', (kit) => kit.issuer('wide').replace('http://', '')],
  ['with a NUL', (kit) => `${kit.issuer('wide')}\u0000`],
  ['a pattern', () => '*'],
  ['empty', () => ''],
  ['missing', () => undefined],
  ['null', () => null],
  ['a number', () => 1],
  ['a list of the good one', (kit) => [kit.issuer('wide')]],
  ['a list with the good one', (kit) => ['https://evil.example', kit.issuer('wide')]],
  ['an object', (kit) => ({ toString: kit.issuer('wide') })],
  ['a name that every object has', () => 'constructor'],
  ['__proto__', () => '__proto__'],
  ['a megabyte', () => 'x'.repeat(7000)],
];

const audiences: readonly (readonly [name: string, aud: unknown])[] = [
  ['of another service', 'https://users.acme.com'],
  ['with a slash at its end', `${AUDIENCE}/`],
  ['in capitals', AUDIENCE.toUpperCase()],
  ['a prefix', AUDIENCE.slice(0, -1)],
  ['with a path below', `${AUDIENCE}/admin`],
  ['containing the good one', `${AUDIENCE} https://users.acme.com`],
  ['with a comma', `${AUDIENCE},https://users.acme.com`],
  ['a pattern', '*'],
  ['a pattern of the host', 'https://*.acme.com'],
  ['empty', ''],
  ['missing', undefined],
  ['null', null],
  ['true', true],
  ['a number', 0],
  ['an empty list', []],
  ['a list of others', ['https://users.acme.com', 'account']],
  ['a list in a list', [[AUDIENCE]]],
  ['a list of null', [null]],
  ['an object with the good one as key', { [AUDIENCE]: true }],
  ['an object with the good one as value', { aud: AUDIENCE }],
  ['an object like a list', { 0: AUDIENCE, length: 1 }],
];

const typ = (value: unknown): Attack => [
  `typ ${JSON.stringify(value)}`,
  KIND,
  'not_access_token',
  (kit) => kit.token({ header: { typ: value } }),
];

/** With the header's `typ` that issuers write there: none that says what the token is. */
const idToken = (name: string, changed: Claims): Attack => [
  `an ID token ${name}`,
  KIND,
  'not_access_token',
  (kit) => kit.token({ header: { typ: 'JWT' }, claims: changed }),
];

const kinds: readonly Attack[] = [
  idToken('by its nonce', { nonce: 'n-0S6_WzA2Mj' }),
  idToken('by its at_hash', { at_hash: '77QmUPtjPfzWtF2AnpK9RQ' }),
  idToken('by its c_hash', { c_hash: 'LDktKdoQak3Pk0cnXxCltA' }),
  idToken('by its audience', { aud: AUDIENCE, azp: AUDIENCE, client_id: undefined, scope: undefined }),
  idToken('by its audience as a list', { aud: [AUDIENCE], azp: AUDIENCE, client_id: undefined, scope: undefined }),
  idToken('by its at_hash, with scopes', { at_hash: '77QmUPtjPfzWtF2AnpK9RQ', scp: ['read'] }),
  idToken('by its nonce, with a scope of UAA', { nonce: 'n-0S6_WzA2Mj', scope: ['openid'] }),
  idToken('by its nonce, with empty scopes', { nonce: 'n-0S6_WzA2Mj', scp: '' }),
  idToken('by its nonce, with scopes of no form', { nonce: 'n-0S6_WzA2Mj', scp: [null, 1, {}] }),
  idToken('by its nonce, with roles of Entra ID', { nonce: 'n-0S6_WzA2Mj', tid: 't', roles: ['admin'], idtyp: 'app' }),
  claims('an ID token whose header says at+jwt', KIND, 'not_access_token', () => ({ typ: 'ID' })),
  claims('a refresh token by token_type', KIND, 'not_access_token', () => ({ token_type: 'refresh' })),
  claims('a refresh token by tokenType', KIND, 'not_access_token', () => ({ tokenType: 'refresh-token' })),
  claims('a refresh token by type', KIND, 'not_access_token', () => ({ type: 'refresh' })),
  claims('an ID token of ForgeRock', KIND, 'not_access_token', () => ({ tokenName: 'id_token' })),
  claims('an ID token of Cognito', KIND, 'not_access_token', () => ({ token_use: 'id', 'cognito:username': 'alice' })),
  claims('token_use in capitals', KIND, 'not_access_token', () => ({ token_use: 'ACCESS' })),
  claims('token_use a list', KIND, 'not_access_token', () => ({ token_use: ['access'] })),
  claims('token_use null', KIND, 'not_access_token', () => ({ token_use: null })),
  claims('an ID token of Keycloak', KIND, 'not_access_token', () => ({ typ: 'ID' })),
  claims('a refresh token of Keycloak', KIND, 'not_access_token', () => ({ typ: 'Refresh' })),
  claims('an offline token of Keycloak', KIND, 'not_access_token', () => ({ typ: 'Offline' })),
  claims('a logout token of Keycloak', KIND, 'not_access_token', () => ({ typ: 'Logout' })),
  claims('a registration token of Keycloak', KIND, 'not_access_token', () => ({ typ: 'RegistrationAccessToken' })),
  claims('a logout token by its events', KIND, 'not_access_token', () => ({
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    sid: '1',
  })),
  claims('a security event token', KIND, 'not_access_token', () => ({ events: {} })),
  claims('events null', KIND, 'not_access_token', () => ({ events: null })),
];

/** At the issuer `strict`, whose tokens follow RFC 9068. */
const strict = (name: string, refused: RefusalReason, changed: Claims, header: Claims = {}): Attack => [
  `RFC 9068: ${name}`,
  STRICT,
  refused,
  (kit) => kit.token({ key: kit.strict, header, claims: { iss: kit.issuer('strict'), ...changed } }),
];

export const onNumbers: AttackGroup = {
  on: 'times and numbers',
  attacks: [
    ...NO_NUMBERS.map((json) => number('exp', json, 'claims_invalid')),
    ...NO_NUMBERS.map((json) => number('nbf', json, 'claims_invalid')),
    ...NO_NUMBERS.map((json) => number('iat', json, 'claims_invalid')),
    number('exp', '1e400', 'claims_invalid'),
    number('exp', '-1e400', 'token_expired'),
    number('nbf', '1e400', 'token_not_yet_valid'),
    number('nbf', '-1e400', 'claims_invalid'),
    number('iat', '1e400', 'claims_invalid'),
    number('iat', '-1e400', 'claims_invalid'),
    ...['0', '-1', '-0', '1e-400', '-9007199254740991', '1', '1700000000.5'].map((json) => number('exp', json, 'token_expired')),
    ...['9007199254740991', '1e308', '99999999999'].map((json) => number('nbf', json, 'token_not_yet_valid')),
    ...['9007199254740991', '1e308', '99999999999'].map((json) => number('iat', json, 'token_not_yet_valid')),
    claims('no exp', 'a token that never expires cannot be revoked for good', 'claims_invalid', () => ({ exp: undefined })),
    claims('ended beyond the tolerance', TIME, 'token_expired', () => ({ exp: now() - 31 })),
    claims('begins beyond the tolerance', TIME, 'token_not_yet_valid', () => ({ nbf: now() + 40 })),
    claims('issued in the future', TIME, 'token_not_yet_valid', () => ({ iat: now() + 40 })),
    claims('issued in milliseconds', TIME, 'token_not_yet_valid', () => ({ iat: Date.now() })),
  ],
};

export const onNames: AttackGroup = {
  on: 'iss, aud and sub',
  attacks: [
    ...issuers.map(([name, iss]) => claims(`iss ${name}`, ISS, 'issuer_unknown', (kit) => ({ iss: iss(kit) }))),
    ...audiences.map(([name, aud]) => claims(`aud ${name}`, AUD, 'audience_mismatch', () => ({ aud }))),
    ...[undefined, null, '', 1, true, ['alice'], { name: 'alice' }].map((sub) =>
      claims(
        `sub ${sub === undefined ? 'missing' : JSON.stringify(sub)}`,
        'a token without a subject identifies no caller',
        'claims_invalid',
        () => ({ sub }),
      ),
    ),
    ...audiences
      .slice(0, 3)
      .map(([name, aud]): Attack => [
        `aud ${name}, signed with EdDSA`,
        AUD,
        'audience_mismatch',
        (kit) => kit.token({ key: kit.ed, claims: { aud } }),
      ]),
  ],
};

export const onKinds: AttackGroup = {
  on: 'kinds of tokens',
  attacks: [
    ...[
      'id_token+jwt',
      'logout+jwt',
      'secevent+jwt',
      'dpop+jwt',
      'rt+jwt',
      'refresh',
      'JWE',
      'JOSE+JSON',
      'kb+jwt',
      'oauth-authz-req+jwt',
    ].map(typ),
    ...[
      'token-introspection+jwt',
      'client-authentication+jwt',
      'at+jwt ',
      'at+jwt;v=1',
      'application/jwt',
      'application/',
      '',
    ].map(typ),
    ...[null, 1, true, ['at+jwt'], { typ: 'at+jwt' }].map(typ),
    ...kinds,
    strict('typ JWT', 'not_access_token', {}, { typ: 'JWT' }),
    strict('no typ', 'not_access_token', {}, { typ: undefined }),
    strict('no sub', 'claims_invalid', { sub: undefined }),
    strict('no client_id', 'claims_invalid', { client_id: undefined }),
    strict('no jti', 'claims_invalid', { jti: undefined }),
    strict('no iat', 'claims_invalid', { iat: undefined }),
    strict('jti a number', 'claims_invalid', { jti: 1 }),
    strict('client_id a list', 'claims_invalid', { client_id: ['shop'] }),
    strict('client_id empty', 'claims_invalid', { client_id: '' }),
  ],
};
