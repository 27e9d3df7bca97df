import type { Attack, AttackGroup } from './attack.js';
import type { RawRequest } from './service.js';
import type { TokenKit } from './token-kit.js';

const ONE_HEADER =
  'a token comes in one Authorization header and from nowhere else (RFC 6750 section 2.1): places that leak are not read';
const TWO = 'two credentials in one request are a contradiction (RFC 6750 section 3.1)';
const SCHEME = 'the scheme is Bearer, then blanks (RFC 6750 section 2.1)';
const LINEAR = 'a header is read in time linear in its length, so a long one is refused like a short one';
const PARSER = 'no byte of a header value is a control character (RFC 9110 section 5.5)';

const header = (name: string, why: string, refused: Attack[2], value: (token: string) => string): Attack => [
  name,
  why,
  refused,
  (kit) => ({ headers: [['Authorization', value(kit.token())]] }),
];

const elsewhere = (name: string, request: (token: string) => RawRequest): Attack => [
  name,
  ONE_HEADER,
  'token_missing',
  (kit) => request(kit.token()),
];

const twice = (name: string, headers: (token: string, kit: TokenKit) => RawRequest['headers'] & object): Attack => [
  name,
  TWO,
  'request_malformed',
  (kit) => ({ headers: headers(kit.token(), kit) }),
];

const FORM: [string, string] = ['Content-Type', 'application/x-www-form-urlencoded'];
const JSON_BODY: [string, string] = ['Content-Type', 'application/json'];

export const onCarrier: AttackGroup = {
  on: 'the carrier',
  attacks: [
    ['no credentials', 'a request without credentials has no caller', 'token_missing', () => ({})],
    elsewhere('access_token in the query', (token) => ({ path: `/orders?access_token=${token}` })),
    elsewhere('token in the query', (token) => ({ path: `/orders?token=${token}&authorization=Bearer%20${token}` })),
    elsewhere('a header in the query', (token) => ({ path: `/orders?Authorization=Bearer%20${token}` })),
    elsewhere('a cookie', (token) => ({ headers: [['Cookie', `access_token=${token}; Authorization=Bearer ${token}`]] })),
    elsewhere('access_token in a form', (token) => ({ method: 'POST', headers: [FORM], body: `access_token=${token}` })),
    elsewhere('access_token in a JSON body', (token) => ({
      method: 'POST',
      headers: [JSON_BODY],
      body: JSON.stringify({ access_token: token }),
    })),
    ...[
      'X-Authorization',
      'Proxy-Authorization',
      'X-Access-Token',
      'X-Auth-Token',
      'X-Forwarded-Authorization',
      'Authorization-Bearer',
    ].map((name) => elsewhere(`the header ${name}`, (token) => ({ headers: [[name, `Bearer ${token}`]] }))),
    elsewhere('the subprotocol of a WebSocket', (token) => ({ headers: [['Sec-WebSocket-Protocol', `access_token, ${token}`]] })),
    twice('the same header twice', (token) => [
      ['Authorization', `Bearer ${token}`],
      ['Authorization', `Bearer ${token}`],
    ]),
    twice('in two spellings', (token) => [
      ['Authorization', `Bearer ${token}`],
      ['authorization', `Bearer ${token}`],
    ]),
    twice('a good one before a bad one', (token) => [
      ['Authorization', `Bearer ${token}`],
      ['Authorization', 'Bearer x'],
    ]),
    twice('a bad one before a good one', (token) => [
      ['Authorization', 'Bearer x'],
      ['AUTHORIZATION', `Bearer ${token}`],
    ]),
    twice('Basic and Bearer', (token) => [
      ['Authorization', 'Basic YWxpY2U6c2VjcmV0'],
      ['Authorization', `Bearer ${token}`],
    ]),
    twice('an empty one and a good one', (token) => [
      ['Authorization', ''],
      ['Authorization', `Bearer ${token}`],
    ]),
    header('Basic', SCHEME, 'token_missing', () => 'Basic YWxpY2U6c2VjcmV0'),
    header(
      'Basic with a token as password',
      SCHEME,
      'token_missing',
      (token) => `Basic ${Buffer.from(`bearer:${token}`).toString('base64')}`,
    ),
    header('Digest', SCHEME, 'token_missing', () => 'Digest username="alice"'),
    header('Negotiate', SCHEME, 'token_missing', (token) => `Negotiate ${token}`),
    header('the scheme Token', SCHEME, 'token_missing', (token) => `Token ${token}`),
    header('the scheme JWT', SCHEME, 'token_missing', (token) => `JWT ${token}`),
    header('the scheme DPoP where it is not accepted', SCHEME, 'token_missing', (token) => `DPoP ${token}`),
    header('no scheme', SCHEME, 'token_missing', (token) => token),
    header('an empty header', SCHEME, 'token_missing', () => ''),
    header('Bearer alone', SCHEME, 'token_malformed', () => 'Bearer'),
    header('Bearer and a blank', SCHEME, 'token_malformed', () => 'Bearer '),
    header('Bearer without a blank', SCHEME, 'token_missing', (token) => `Bearer${token}`),
    header('Bearer with a tab', SCHEME, 'token_missing', (token) => `Bearer\t${token}`),
    header('Bearer with a no-break space', SCHEME, 'token_missing', (token) => `Bearer\u00a0${token}`),
    header('Bearer with a colon', SCHEME, 'token_missing', (token) => `Bearer: ${token}`),
    header('Bearer with an equals sign', SCHEME, 'token_malformed', (token) => `Bearer token="${token}"`),
    header('Bearer twice', SCHEME, 'token_malformed', (token) => `Bearer Bearer ${token}`),
    header('a word before Bearer', SCHEME, 'token_missing', (token) => `X Bearer ${token}`),
    header('text after the token', SCHEME, 'token_malformed', (token) => `Bearer ${token} extra`),
    header('a parameter after the token', SCHEME, 'token_malformed', (token) => `Bearer ${token}, realm="x"`),
    header('two credentials in one header', TWO, 'request_malformed', (token) => `Bearer ${token}, Bearer ${token}`),
    header('Basic and Bearer in one header', TWO, 'request_malformed', (token) => `Basic YTpi, Bearer ${token}`),
    header('a letter that lower case turns into one of Bearer', SCHEME, 'token_missing', (token) => `B\u00c9arer ${token}`),
    header('15 kB without a blank', LINEAR, 'token_missing', () => 'B'.repeat(15_000)),
    header('15 kB of the scheme’s beginning', LINEAR, 'token_missing', () => 'Beare'.repeat(3000)),
    header('15 kB after the scheme', LINEAR, 'token_malformed', () => `Bearer ${'A'.repeat(15_000)}`),
    header('15 kB of blanks in the token', LINEAR, 'token_malformed', () => `Bearer A${' '.repeat(15_000)}A`),
    header('15 kB of parts', LINEAR, 'token_malformed', () => `Bearer ${'A.'.repeat(7500)}`),
    header('15 kB of tabs', LINEAR, 'token_missing', () => `Bearer${'\t'.repeat(15_000)}A`),
    header('15 kB of quotes and commas', LINEAR, 'token_malformed', () => `Bearer ${'",'.repeat(7500)}`),
    header('a NUL in the header', PARSER, 400, (token) => `Bearer ${token}\u0000`),
    header('a NUL before the token', PARSER, 400, (token) => `Bearer \u0000${token}`),
    header('a bare CR in the header', PARSER, 400, (token) => `Bearer\r${token}`),
    header('a header folded into two lines', PARSER, 400, (token) => `Bearer\r\n ${token}`),
    [
      'a blank before the colon',
      'servers that read such a header differently can be played against each other (RFC 9112 section 5.1)',
      400,
      (kit) => ({ headers: [['Authorization ', `Bearer ${kit.token()}`]] }),
    ],
  ],
};
