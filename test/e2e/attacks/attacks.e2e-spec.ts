import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import {
  Authenticated,
  CurrentPrincipal,
  RequirePermissions,
  RequireRoles,
  RequireScopes,
  type AuthzModuleOptions,
  type Principal,
  type RefusalReason,
} from '../../../lib/index.js';
import { bearing, type Attack, type AttackGroup } from './attack.js';
import { json, JwksServer } from './jwks-server.js';
import { onAlgorithms } from './on-algorithms.js';
import { onCarrier } from './on-carrier.js';
import { onKinds, onNames, onNumbers } from './on-claims.js';
import { onKeys, onKid, onWeakKeys } from './on-keys.js';
import { onRoles } from './on-roles.js';
import { onSignatures } from './on-signatures.js';
import { onCritical, onNesting, onStructure } from './on-structure.js';
import { ADAPTERS, REASON, startService, type RawResponse, type Service } from './service.js';
import { AUDIENCE, ec, newKey, now, TokenKit, type TokenSpec } from './token-kit.js';
import { NO_KEYS, weakKeys } from './weak-keys.js';

const GROUPS: readonly AttackGroup[] = [
  onAlgorithms,
  onKeys,
  onKid,
  onWeakKeys,
  onCritical,
  onNesting,
  onStructure,
  onNumbers,
  onNames,
  onKinds,
  onSignatures,
  onCarrier,
  onRoles,
];

@Controller()
class ShopController {
  @Get('orders')
  @RequirePermissions('orders:read')
  list(@CurrentPrincipal() { subject, roles }: Principal) {
    return { subject, roles };
  }

  @Post('orders')
  @RequirePermissions('orders:read')
  create(@Body() body: unknown, @Query() query: unknown) {
    return { body, query };
  }

  @Get('me')
  @Authenticated()
  me(@CurrentPrincipal() { subject, roles, scopes }: Principal) {
    return { subject, roles, scopes };
  }

  @Get('scoped')
  @RequireScopes('read')
  scoped() {
    return {};
  }

  @Get('named')
  @RequireRoles('constructor')
  named() {
    return {};
  }

  @Get('prototype')
  @RequirePermissions('constructor:prototype')
  prototype() {
    return {};
  }
}

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const;

let keyServer: JwksServer;
let kit: TokenKit;
/** The good key beside the weak ones. */
const goodAmongWeak = newKey('good', 'ES256', ec());

beforeAll(async () => {
  keyServer = await JwksServer.start();
  kit = new TokenKit(keyServer.at(''));
  for (const [name, keys] of Object.entries(kit.keySets())) keyServer.answer(`/${name}/jwks`, json({ keys }));
  const weak = weakKeys.map(({ key }) => key.jwk);
  keyServer.answer('/weak/jwks', json({ keys: [...NO_KEYS, ...weak, goodAmongWeak.jwk] }));
  keyServer.answer('/attacker/jwks', json({ keys: [kit.stranger.jwk] }));
});
afterAll(() => keyServer.stop());

function options(): AuthzModuleOptions {
  const issuer = (name: string) => ({ issuer: kit.issuer(name), jwksUri: keyServer.at(`/${name}/jwks`) });
  return {
    issuers: [
      { ...issuer('wide'), algorithms: ALGORITHMS },
      { ...issuer('narrow'), algorithms: ['ES256', 'RS384'] },
      { ...issuer('strict'), profile: 'rfc9068' },
      { ...issuer('weak'), algorithms: ALGORITHMS },
    ],
    audience: AUDIENCE,
    mapping: { roles: { viewer: ['orders:read'], clerk: ['orders:*'] } },
  };
}

const BENIGN: readonly (readonly [name: string, spec: (kit: TokenKit) => TokenSpec])[] = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const).map((alg) => [alg, () => ({ alg })] as const),
  ['RS256 by a key declared for it', ({ rs256Only: key }) => ({ key })],
  ['PS256 by a key declared for it', ({ ps256Only: key }) => ({ key })],
  ['ES256', ({ es256: key }) => ({ key })],
  ['ES384', ({ es384: key }) => ({ key })],
  ['ES512', ({ es512: key }) => ({ key })],
  ['EdDSA', ({ ed: key }) => ({ key })],
  ['Ed25519, the same by its new name', ({ ed: key }) => ({ key, alg: 'Ed25519' })],
  ['typ JWT', () => ({ header: { typ: 'JWT' } })],
  ['typ jwt', () => ({ header: { typ: 'jwt' } })],
  ['no typ', () => ({ header: { typ: undefined } })],
  ['typ AT+JWT', () => ({ header: { typ: 'AT+JWT' } })],
  ['typ application/at+jwt', () => ({ header: { typ: 'application/at+jwt' } })],
  ['aud a list with this service', () => ({ claims: { aud: ['https://users.acme.com', AUDIENCE] } })],
  ['aud a list of this service', () => ({ claims: { aud: [AUDIENCE] } })],
  ['ended inside the tolerance', () => ({ claims: { exp: now() - 20 } })],
  ['begins inside the tolerance', () => ({ claims: { nbf: now() + 20 } })],
  ['issued inside the tolerance', () => ({ claims: { iat: now() + 20 } })],
  ['times with fractions', () => ({ claims: { exp: now() + 60.5, iat: now() - 0.5 } })],
  ['no iat and no nbf', () => ({ claims: { iat: undefined } })],
  ['exp at the end of numbers', () => ({ claims: { exp: Number.MAX_SAFE_INTEGER } })],
  ['no kid where one key fits', ({ es384: key }) => ({ key, header: { kid: undefined } })],
  ['the narrow issuer', ({ narrow: key }) => ({ key, claims: { iss: kit.issuer('narrow') } })],
  ['the strict issuer', ({ strict: key }) => ({ key, claims: { iss: kit.issuer('strict') } })],
  ['the good key among weak ones', () => ({ key: goodAmongWeak, claims: { iss: kit.issuer('weak') } })],
  [
    'the good key among weak ones, without kid',
    () => ({ key: goodAmongWeak, header: { kid: undefined }, claims: { iss: kit.issuer('weak') } }),
  ],
  [
    'header members that are not read',
    () => ({ header: { jku: `${kit.url}/attacker/jwks`, x5t: 'AAAA', cty: 'JWT', foo: [1] } }),
  ],
  ['token_use access', () => ({ claims: { token_use: 'access' } })],
  ['the claim typ Bearer', () => ({ claims: { typ: 'Bearer' } })],
  ['names of objects among the claims', () => ({ claims: { constructor: 1, toString: null, hasOwnProperty: 'x' } })],
  [
    'claims nested 1500 deep',
    () => ({ rawClaims: (text) => text.replace('{', `{"deep":${'['.repeat(1500)}${']'.repeat(1500)},`) }),
  ],
  ['claims beyond ASCII', () => ({ claims: { sub: 'alice', name: 'Ålïçé 😀 \u2028' } })],
  ['an invisible sign in a name', () => ({ claims: { name: 'a\u0000b' } })],
  ['a token of 12 kB', () => ({ claims: { padding: 'x'.repeat(9000) } })],
  [
    'a good member after a bad one of the same name',
    () => ({ rawClaims: (text) => text.replace('{', '{"aud":"https://users.acme.com",') }),
  ],
  ['roles with one that has the name of a property of every object', () => ({ claims: { roles: ['viewer', 'constructor'] } })],
];

/** Checks the properties that all refusals share. */
function expectSilent(response: RawResponse, token: string): void {
  expect(response.body).not.toMatch(/ at .+:\d+:\d+|node_modules|\/lib\//);
  const secrets = [AUDIENCE, kit.url, ...token.split('.').filter((part) => part.length > 8)];
  for (const secret of secrets) expect(response.body + [...response.headers.values()].join('\n')).not.toContain(secret);
}

function expectRefused(response: RawResponse, refused: Attack[2]): void {
  if (typeof refused === 'number') {
    expect(response.status).toBe(refused);
    return;
  }
  expect({ status: response.status, reason: response.headers.get(REASON) }).toEqual({
    status: statusOf(refused),
    reason: refused,
  });
  expect(response.headers.get('www-authenticate')).toMatch(challengeOf(refused));
  expect(Object.keys(JSON.parse(response.body) as object).sort()).toEqual(['error', 'message', 'statusCode']);
}

function statusOf(refused: Attack[2]): number {
  if (refused === 'request_malformed') return 400;
  return isForbidden(refused) ? 403 : 401;
}

function challengeOf(refused: Attack[2]): RegExp {
  if (refused === 'token_missing') return /^Bearer realm="api"$/;
  const error =
    refused === 'request_malformed' ? 'invalid_request' : isForbidden(refused) ? 'insufficient_scope' : 'invalid_token';
  return new RegExp(`^Bearer realm="api", error="${error}", error_description="[ -~]+"`);
}

function isForbidden(refused: Attack[2]): boolean {
  return ['permission_missing', 'role_missing', 'scope_missing', 'claim_unreadable'].includes(String(refused));
}

describe('the corpus', () => {
  it('holds at least 200 attacks, each with a name of its own', () => {
    const names = GROUPS.flatMap(({ on, attacks }) => attacks.map(([name]) => `${on}: ${name}`));
    expect(names.length).toBeGreaterThanOrEqual(200);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

describe.each(ADAPTERS)('on %s', (_adapter, createAdapter) => {
  let service: Service;
  beforeAll(async () => (service = await startService(options(), [ShopController], createAdapter())));
  afterAll(() => service.close());

  describe('passes', () => {
    it.each(BENIGN)('%s', async (_name, spec) => {
      const token = kit.token(spec(kit));
      expect(await service.send(bearing(token))).toMatchObject({
        status: 200,
        body: expect.stringContaining('"subject":"alice"') as string,
      });
      expect(await service.send(bearing(token))).toMatchObject({ status: 200 }); // once more, from memory
    });

    it.each(['bearer', 'BEARER', 'bEaReR'])('the scheme written %s', async (scheme) => {
      expect(await service.send({ headers: [['authorization', `${scheme} ${kit.token()}`]] })).toMatchObject({ status: 200 });
    });

    it('a token that is also in the query, which is not read', async () => {
      const token = kit.token();
      expect(await service.send(bearing(token, `/orders?access_token=${token}`))).toMatchObject({ status: 200 });
    });

    it('a token without roles if none are required', async () => {
      const response = await service.send(bearing(kit.token({ claims: { roles: { __proto__: null } } }), '/me'));
      expect(JSON.parse(response.body)).toEqual({ subject: 'alice', roles: [], scopes: ['read'] });
    });
  });

  describe.each(GROUPS.map((group) => [group.on, group.attacks] as const))('refuses attacks on %s:', (_on, attacks) => {
    it.each(attacks)('%s — %s', async (_name, _why, refused, make) => {
      const made = make(kit);
      const request = typeof made === 'string' ? bearing(made) : made;
      const response = await service.send(request);
      expectRefused(response, refused);
      expectSilent(response, typeof made === 'string' ? made : '');
    });
  });

  it.each<[string, () => Record<string, unknown>, string]>([
    ['lives longer than allowed', () => ({ exp: now() + 3700 }), 'lifetime_too_long'],
    ['is said to live since before time began', () => ({ iat: -Number.MAX_SAFE_INTEGER }), 'lifetime_too_long'],
    ['lives until the end of numbers', () => ({ exp: Number.MAX_SAFE_INTEGER }), 'lifetime_too_long'],
    ['does not say since when it lives', () => ({ iat: undefined }), 'claims_invalid'],
  ])('refuses a token that %s, with a limited lifetime', async (_name, claims, reason) => {
    const limited = await startService({ ...options(), maxTokenLifetimeSeconds: 3600 }, [ShopController], createAdapter());
    expectRefused(await limited.send(bearing(kit.token({ claims: claims() }))), reason as RefusalReason);
    await limited.close();
  });

  it('still serves good tokens after all of that', async () => {
    expect(await service.send(bearing(kit.token()))).toMatchObject({ status: 200 });
  });
});

describe('the key server', () => {
  it('got requests for each issuer’s keys and for no URL of a token', () => {
    const asked = new Set(keyServer.requests);
    expect([...asked].sort()).toEqual(['/narrow/jwks', '/strict/jwks', '/weak/jwks', '/wide/jwks']);
    // Once for each of the ten services, and once more where a cool-down ended meanwhile.
    for (const path of asked) expect(keyServer.count(path)).toBeLessThanOrEqual(12);
  });
});
