import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import fc from 'fast-check';
import supertest from 'supertest';
import { AuthzModule, RequirePermissions } from '../../../lib/index.js';
import { StubIssuer, type StubTokenHeader } from '../../../lib/testing/index.js';
import { CapturedLog } from '../captured-log.js';
import { ran } from '../../unit/cli/ran.js';

@Controller('orders')
class Orders {
  @Get() @RequirePermissions('orders:read') list() {
    return [];
  }
}

const now = Math.floor(Date.now() / 1000);
/** Values that code reading claims may misinterpret. */
const ODD = [null, '', 0, true, [], {}, 'viewer clerk', ['viewer', 7], { viewer: true }, undefined];
/** Valid and invalid values of claims. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  aud: [['orders', 'stock'], 'order', [['orders']], ...ODD],
  roles: [['clerk', 'nobody'], ['blocked', 'viewer'], 'viewer', ...ODD],
  exp: [now + 800, now - 600, `${now + 600}`, 1e300, -1, null, undefined],
  nbf: [now - 5, now + 600, 'soon', null],
  iat: [now - 5, now + 600, 'then', null, (now - 5) * 1000, undefined],
  sub: [7, '', null, ['carl'], '\u001b[2J', undefined],
  tenant: [7, '', null, ['acme'], undefined],
  scope: ['openid', ['openid'], 7, null],
  cnf: [null, {}, 'x', { jkt: 'abc' }, { jkt: 7 }, { 'x5t#S256': 'abc' }, { jwk: {} }],
  act: [null, 'x', { sub: 'other' }, { sub: 7 }, { act: {} }],
  nonce: ['n'],
  at_hash: ['h'],
  azp: ['orders', 'web', 7],
  token_use: ['id', 'refresh', 7, undefined],
  token_type: ['Bearer', 'refresh_token', 'ID'],
  events: [{}, null],
  _claim_names: [{ roles: 'src1' }, { groups: 'src1' }, 'roles'],
  iss: ['https://other.acme.test', null, 7, '', undefined],
  client_id: ['web', 7, null, undefined],
  jti: [7, undefined],
};
const GOOD = { aud: 'orders', roles: ['viewer'], tenant: 'acme', token_use: 'access', exp: now + 800 };
/** Creates a valid token, with some claims replaced. */
const CLAIMS = fc
  .uniqueArray(
    fc
      .constantFrom(...Object.keys(VALUES))
      .chain((name) => fc.tuple(fc.constant(name), fc.constantFrom(...(VALUES[name] ?? [])))),
    {
      maxLength: 3,
      selector: ([name]) => name,
    },
  )
  .map((changed): Record<string, unknown> => ({ ...GOOD, ...Object.fromEntries(changed) }));
const HEADERS: fc.Arbitrary<StubTokenHeader> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.record({ kid: fc.constantFrom('unknown', '') }) },
  { weight: 2, arbitrary: fc.record({ typ: fc.constantFrom('JWT', 'dpop+jwt', 'logout+jwt') }) },
);
/** Damages a token. */
const CHANGES = fc.oneof(
  { weight: 8, arbitrary: fc.constant((token: string) => token) },
  { weight: 1, arbitrary: fc.nat().map((at) => (token: string) => token.slice(0, at % token.length)) },
  {
    weight: 1,
    arbitrary: fc.nat().map((at) => (token: string) => token.slice(0, at % token.length) + token.slice((at % token.length) + 1)),
  },
  { weight: 1, arbitrary: fc.constant((token: string) => `${token.slice(0, token.lastIndexOf('.'))}.`) },
);

const CONFIGS: readonly (readonly [string, object])[] = [
  ['plain', {}],
  ['by the profile rfc9068, with short tokens', { profile: 'rfc9068', maxTokenLifetimeSeconds: 900 }],
  [
    'with tenants, and scopes that count',
    { tenant: { claim: 'tenant', required: true }, requiredClaims: { token_use: 'access' } },
  ],
];

describe.each(CONFIGS)('nestjs-authz why, for a service whose issuer is %s', (_name, settings) => {
  let issuer: StubIssuer;
  let folder: string;
  let config: string;
  let app: INestApplication<Server>;
  beforeAll(async () => {
    issuer = await StubIssuer.start();
    const mapping = { roles: { viewer: ['orders:read'], clerk: { inherits: ['viewer'] }, blocked: { deny: ['orders:*'] } } };
    const options = { issuer: { issuer: issuer.url, ...settings }, audience: 'orders', mapping };
    folder = mkdtempSync(join(tmpdir(), 'why-agrees-'));
    writeFileSync((config = join(folder, 'authz.json')), JSON.stringify(options));
    const imports = [AuthzModule.forRoot(options)];
    const module = await Test.createTestingModule({ imports, controllers: [Orders] })
      .setLogger(new CapturedLog())
      .compile();
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await app.close();
    await issuer.stop();
    rmSync(folder, { recursive: true });
  });

  it('accepts exactly the tokens that the service accepts, and prints none of them', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(CLAIMS, HEADERS, CHANGES, async (claims, header, change) => {
        const token = change(issuer.token(claims, header));
        fc.pre(token !== '');
        const { status } = await supertest(app.getHttpServer()).get('/orders').set('Authorization', `Bearer ${token}`);
        const { out, err, json } = await ran(['why', '--token', '-', '--config', config, '--require', 'orders:read', '--json'], {
          stdin: token,
        });
        const { outcome } = json as { readonly outcome: string };
        seen.add(outcome);
        expect([outcome === 'accepted', outcome]).toEqual([status === 200, outcome]);
        for (const part of token.split('.').slice(1)) if (part.length > 20) expect(out + err).not.toContain(part);
        // eslint-disable-next-line no-control-regex -- no escape sequence may reach the terminal
        expect(out + err).not.toMatch(/\u001b/);
      }),
      { numRuns: 150 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(['accepted', 'refused']));
  });
});
