import { Controller, Get } from '@nestjs/common';
import { CurrentPrincipal, RequirePermissions, type AuthzModuleOptions, type Principal } from '../../../lib/index.js';
import { IssuerVerifier, keySource, KeyStore, parseAuthenticationSettings } from '../../../lib/authentication/index.js';
import { tokenShape, type TokenShape } from '../../../lib/authentication/tokens/token-shape.js';
import { json, JwksServer } from '../attacks/jwks-server.js';
import { ADAPTERS, startService, type Service } from '../attacks/service.js';
import { AUDIENCE, ec, ed25519, newKey, TokenKit, type KitKey } from '../attacks/token-kit.js';

@Controller('orders')
class OrdersController {
  @Get()
  @RequirePermissions('orders:read')
  list(@CurrentPrincipal() { subject }: Principal) {
    return { subject };
  }
}

/** Keys that issuers publish under one name. */
const [first, second, stranger] = [0, 1, 2].map(() => newKey('same', 'ES256', ec())) as [KitKey, KitKey, KitKey];

describe.each(ADAPTERS)('key sets as issuers publish them, on %s', (_adapter, create) => {
  let keyServer: JwksServer;
  let kit: TokenKit;
  let service: Service;
  const publish = (name: string, ...keys: readonly unknown[]) => keyServer.answer(`/${name}/jwks`, json({ keys }));
  const tokenOf = (name: string, key: KitKey) => kit.token({ key, claims: { iss: kit.issuer(name) } });
  const ask = async (name: string, key: KitKey) => (await service.with(tokenOf(name, key)).get('/orders')).status;

  beforeAll(async () => {
    keyServer = await JwksServer.start();
    kit = new TokenKit(keyServer.at(''));
    const names = ['ops', 'shared', 'replaced', 'unfit'];
    const issuers: AuthzModuleOptions['issuers'] = [
      ...names.map((name) => ({ issuer: kit.issuer(name), jwksUri: keyServer.at(`/${name}/jwks`) })),
      kit.issuer('misnamed'),
    ];
    publish('ops', { ...first.jwk, key_ops: ['sign', 'verify'] });
    publish('shared', first.jwk, second.jwk);
    publish('replaced', first.jwk);
    publish('unfit', newKey('ed', 'EdDSA', ed25519()).jwk);
    keyServer.answer(
      '/misnamed/.well-known/openid-configuration',
      json({ issuer: `${kit.issuer('misnamed')}/`, jwks_uri: keyServer.at('/x') }),
    );
    service = await startService(
      { issuers, audience: AUDIENCE, mapping: { roles: { viewer: ['orders:read'] } } },
      [OrdersController],
      create(),
    );
  });
  afterAll(async () => {
    await service.close();
    await keyServer.stop();
  });

  it('a key for signing and verifying is used to verify', async () => {
    expect(await ask('ops', first)).toBe(200);
  });

  it('two keys of one kid verify both, and no third', async () => {
    expect(await ask('shared', first)).toBe(200);
    expect(await ask('shared', second)).toBe(200);
    expect(await ask('shared', stranger)).toBe(401);
  });

  it('a key that is replaced under its kid verifies once the set is 30 seconds old, and the old one no more', async () => {
    const clock = { ms: 0 };
    const issuer = { issuer: kit.issuer('replaced'), jwksUri: keyServer.at('/replaced/jwks') };
    const [settings] = parseAuthenticationSettings({ issuer, audience: AUDIENCE }).issuers;
    const verifier = new IssuerVerifier(
      settings!,
      new KeyStore(keySource(settings!), { maxStaleMs: Infinity, now: () => clock.ms }),
    );
    const verify = async (key: KitKey) => {
      const token = tokenOf('replaced', key);
      return verifier.verify(token, tokenShape(token, 16_384) as TokenShape);
    };
    expect(await verify(first)).toHaveProperty('principal');
    publish('replaced', second.jwk);
    clock.ms += 30_000;
    expect(await verify(second)).toHaveProperty('principal');
    expect(await verify(first)).toMatchObject({ reason: 'signature_invalid' });
    publish('replaced', first.jwk);
  });

  it('signatures that do not fit cost one fetch in 30 seconds', async () => {
    await ask('shared', stranger);
    const before = keyServer.count('/shared/jwks');
    for (let index = 0; index < 20; index++) expect(await ask('shared', stranger)).toBe(401);
    expect(keyServer.count('/shared/jwks')).toBe(before);
  });

  it('a document for another issuer is named in the log with both names', async () => {
    expect(await ask('misnamed', first)).toBe(503);
    const { lines } = service.log;
    expect(lines.filter((line) => line.includes(`"${kit.issuer('misnamed')}/"`) && line.includes('WARN'))).not.toEqual([]);
  });

  it('keys for algorithms that are not accepted are logged, with what to write', async () => {
    expect(await ask('unfit', first)).toBe(401);
    const warned = await service.log.line(/No key of/);
    expect(warned).toMatch(
      /^WARN No key of .*unfit fits .*\(RS256, ES256\).*Its keys fit EdDSA, Ed25519: .* algorithms: \['EdDSA'\]/,
    );
  });
});
