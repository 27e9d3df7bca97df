import { Controller, Get } from '@nestjs/common';
import fc from 'fast-check';
import { CurrentPrincipal, RequirePermissions, type Principal } from '../../../lib/index.js';
import { bearing } from './attack.js';
import { json, JwksServer } from './jwks-server.js';
import { ADAPTERS, startService, type Service } from './service.js';
import { AUDIENCE, TokenKit, type KitKey } from './token-kit.js';

@Controller('orders')
class OrdersController {
  @Get()
  @RequirePermissions('orders:read')
  list(@CurrentPrincipal() { subject }: Principal) {
    return { subject };
  }
}

let keyServer: JwksServer;
let kit: TokenKit;
beforeAll(async () => {
  keyServer = await JwksServer.start();
  kit = new TokenKit(keyServer.at(''));
  keyServer.answer('/wide/jwks', json({ keys: kit.keySets()['wide'] }));
});
afterAll(() => keyServer.stop());

const RUNS = { numRuns: 250 };

/** What a header value can be on the wire: any byte but those that end it. */
const headerValue = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...Buffer.from('Bearer .-_=eyJ'))), { maxLength: 200 })
  .map((bytes) =>
    Buffer.from(bytes)
      .toString('latin1')
      .replace(/[\r\n]/g, ''),
  );

const SCHEMES = ['Bearer ', 'bearer ', 'Bearer', 'DPoP ', 'Basic ', ''];

/** Replaces, takes out, puts in or doubles one character. */
const mutation = fc.record({
  place: fc.nat(),
  kind: fc.constantFrom<'replace' | 'delete' | 'insert' | 'double'>('replace', 'delete', 'insert', 'double'),
  sign: fc.oneof(
    fc.constantFrom(...Array.from('AQgw-_.=09azZ')),
    fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 }),
  ),
});

function mutated(token: string, { place, kind, sign }: typeof mutation extends fc.Arbitrary<infer M> ? M : never): string {
  const at = place % token.length;
  const [before, character, after] = [token.slice(0, at), token[at] ?? '', token.slice(at + 1)];
  const instead = { replace: sign, delete: '', insert: character + sign, double: character + character }[kind];
  return before + instead + after;
}

/** Whether a token says and is signed as another one: the last character of base64url may hold bits that belong to no byte. */
function meansTheSame(a: string, b: string): boolean {
  const split = (token: string) => /^(.*\..*)\.([\w-]+)$/.exec(token) ?? [];
  const [, inputA, signatureA = ''] = split(a);
  const [, inputB, signatureB = ''] = split(b);
  return inputA === inputB && Buffer.from(signatureA, 'base64url').equals(Buffer.from(signatureB, 'base64url'));
}

/** Members of a header or of claims, beside whatever else: the names that are read, with any value at all. */
const odd = (names: readonly string[]) =>
  fc.oneof(
    fc.dictionary(fc.constantFrom(...names), fc.jsonValue(), { maxKeys: 4 }),
    fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 }),
  );

describe.each(ADAPTERS)('on %s', (_adapter, createAdapter) => {
  let service: Service;
  beforeAll(async () => {
    const issuer = {
      issuer: kit.issuer('wide'),
      jwksUri: keyServer.at('/wide/jwks'),
      algorithms: ['RS256', 'ES256', 'EdDSA'] as const,
    };
    const options = { issuer, audience: AUDIENCE, mapping: { roles: { viewer: ['orders:read'] } } };
    service = await startService(options, [OrdersController], createAdapter());
  });
  afterAll(() => service.close());

  it('responds with 400 or 401 to any bytes as credentials', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...SCHEMES), headerValue, async (scheme, value) => {
        const { status } = await service.send({ headers: [['Authorization', scheme + value]] });
        expect([400, 401]).toContain(status);
      }),
      RUNS,
    );
  });

  it('responds with 400 or 401 to any three parts as a token', async () => {
    const part = fc.oneof(
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
      fc.stringMatching(/^[\w-]{0,40}$/),
    );
    await fc.assert(
      fc.asyncProperty(part, part, part, async (...parts) => {
        expect([400, 401]).toContain((await service.send(bearing(parts.join('.')))).status);
      }),
      RUNS,
    );
  });

  it.each<[string, () => KitKey]>([
    ['RS256', () => kit.rsa],
    ['ES256', () => kit.es256],
    ['EdDSA', () => kit.ed],
  ])('refuses every one-place mutation of a good %s token', async (_alg, key) => {
    const token = kit.token({ key: key() });
    expect(await service.send(bearing(token))).toMatchObject({ status: 200 }); // known from here on
    await fc.assert(
      fc.asyncProperty(mutation, async (change) => {
        const other = mutated(token, change).replace(/[\r\n]/g, '!');
        fc.pre(other.trim() === other && !meansTheSame(other, token)); // blanks around a header's value are no part of it
        expect([400, 401]).toContain((await service.send(bearing(other))).status);
      }),
      RUNS,
    );
  });

  it.each<[string, () => KitKey]>([
    ['RS256', () => kit.rsa],
    ['EdDSA', () => kit.ed],
  ])('responds with no 5xx to any header and claims, signed well with %s', async (_alg, key) => {
    const header = odd(['alg', 'kid', 'typ', 'crit', 'b64', 'jwk', 'jku', 'x5c', 'cty', '__proto__', 'constructor']);
    const claims = odd([
      'iss',
      'aud',
      'sub',
      'exp',
      'nbf',
      'iat',
      'jti',
      'roles',
      'scope',
      'azp',
      'cnf',
      'typ',
      '__proto__',
      'toString',
    ]);
    await fc.assert(
      fc.asyncProperty(header, claims, async (members, others) => {
        const { status } = await service.send(bearing(kit.token({ key: key(), header: members, claims: others })));
        expect([200, 400, 401, 403, 431]).toContain(status);
      }),
      RUNS,
    );
  });

  it('responds with no 5xx to any JSON as header or payload, signed well', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.option(fc.json(), { nil: undefined }),
        fc.option(fc.json(), { nil: undefined }),
        async (head, payload) => {
          const raw = {
            ...(head !== undefined && { rawHeader: head }),
            ...(payload !== undefined && { rawClaims: () => payload }),
          };
          const { status } = await service.send(bearing(kit.token(raw)));
          expect([200, 401, 403, 431]).toContain(status);
          if (head !== undefined || payload !== undefined) expect(status).not.toBe(200);
        },
      ),
      RUNS,
    );
  });
});
