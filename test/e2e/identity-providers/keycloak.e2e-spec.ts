import { Controller, Get, Post } from '@nestjs/common';
import { jest } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as oidc from 'openid-client';
import { parse } from 'yaml';
import { keycloak, RequirePermissions, type MappingDocument } from '../../../lib/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { isKeycloakInstalled, startKeycloak, type KeycloakServer } from '../../servers/keycloak.js';
import { ran } from '../../unit/cli/ran.js';
import { Scratch } from '../../unit/cli/scratch.js';
import { afterTheCoolDown } from '../after-the-cool-down.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { Browser } from './browser.js';
import { log, Services, type Seen, type Service } from './keycloak-apps.js';
import {
  addSigningKey,
  addWebClient,
  AT_REALM,
  INVOICES,
  logoutsTo,
  makeRealm,
  ORDERS,
  REALM,
  removeKey,
  REPORTS,
  SECRET,
  SETTINGS,
  SIGNER,
  signerKey,
} from './keycloak-realm.js';

const mapping = {
  roles: {
    viewer: ['orders:read', 'invoices:read'],
    clerk: { inherits: ['viewer'], permissions: ['orders:create'] },
    // A role of the client; the realm has none of this name.
    read: ['orders:read'],
  },
};

describeWhereInstalled('Keycloak', isKeycloakInstalled)('with a real Keycloak', () => {
  let server: KeycloakServer;
  let issuer: string;
  const preset = (options: Partial<Parameters<typeof keycloak>[0]> = {}) =>
    keycloak({ url: server.url, realm: REALM, ...options });
  beforeAll(async () => {
    server = await startKeycloak();
    issuer = preset().issuer;
    await makeRealm(server.admin);
  }, 120_000);
  afterAll(() => server.stop());

  const configOf = (clientId: string, secret?: string) =>
    oidc.discovery(new URL(issuer), clientId, secret, secret === undefined ? oidc.None() : undefined, {
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so that it stands out: this Keycloak has no TLS
      execute: [oidc.allowInsecureRequests],
    });
  /** The token of a client's own service account. */
  const machineToken = async (clientId: string) =>
    (await oidc.clientCredentialsGrant(await configOf(clientId, SECRET))).access_token;

  onBothAdapters(({ newAdapter, closeLater }) => {
    let web: oidc.Configuration;
    let invoices: Service;
    let byRealmRoles: Service;
    let byClientRoles: Service;
    beforeAll(async () => {
      const services = new Services(newAdapter, preset());
      const webClient = `shop on ${newAdapter().getType()}`;
      invoices = closeLater(await services.invoices({ mapping }));
      const proof = { dpop: 'accepted', protectedResource: { resource: ORDERS } } as const;
      const secret = { clientId: ORDERS, clientSecret: SECRET };
      byRealmRoles = closeLater(await services.orders(webClient, secret, 'exchange', { mapping, ...proof }));
      const signer = { clientId: SIGNER, privateKey: signerKey.privateKey.export({ format: 'jwk' }), keyId: 's1' };
      const ofClient = preset({ clientRolesOf: ORDERS, organization: 'optional' });
      byClientRoles = closeLater(await services.orders(webClient, signer, 'service', { mapping, issuer: ofClient }));
      await addWebClient(server.admin, webClient, logoutsTo(`${byRealmRoles.url}/backchannel-logout`));
      web = await configOf(webClient);
    });
    afterEach(() => jest.restoreAllMocks());
    const logIn = (username: string, scope?: string) => new Browser().logIn(web, username, scope);

    it('accepts users by the roles of the realm, those of groups and composites included', async () => {
      const [ann, bob, carl, dora] = [await logIn('ann'), await logIn('bob'), await logIn('carl'), await logIn('dora')];
      expect(await ask(byRealmRoles, ann)).toMatchObject({ status: 200, body: { roles: ['viewer'] } });
      expect(await statusOf(byRealmRoles, ann, { method: 'POST' })).toBe(403);
      expect(await statusOf(byRealmRoles, dora)).toBe(200);
      expect(await statusOf(byRealmRoles, dora, { method: 'POST' })).toBe(201);
      expect(await statusOf(byRealmRoles, bob)).toBe(403);
      expect(await statusOf(byRealmRoles, carl)).toBe(403);
    });

    it('accepts users by the roles of a client whose id is a URL', async () => {
      const [ann, bob, carl] = [await logIn('ann'), await logIn('bob'), await logIn('carl')];
      expect(await ask(byClientRoles, bob)).toMatchObject({ status: 200, body: { roles: ['read'] } });
      expect(await statusOf(byClientRoles, ann)).toBe(200); // through the composite
      expect(await statusOf(byClientRoles, bob, { method: 'POST' })).toBe(403);
      expect(await statusOf(byClientRoles, carl)).toBe(403);
    });

    it('accepts users who also have the default roles of the realm', async () => {
      const erik = await logIn('erik');
      const { status, body } = await ask(byRealmRoles, erik);
      expect([status, body.roles]).toEqual([
        200,
        expect.arrayContaining(['viewer', 'default-roles-acme shop', 'offline_access']),
      ]);
      expect(body.audience).toEqual(expect.arrayContaining([ORDERS, 'account']));
    });

    it('reads the one organization that a user has chosen, and refuses a token that names several', async () => {
      expect((await ask(byClientRoles, await logIn('erik', 'openid organization:acme'))).body.tenant).toBe('acme');
      expect(await statusOf(byClientRoles, await logIn('erik', 'openid organization:*'))).toBe(403);
      expect((await ask(byClientRoles, await logIn('ann', 'openid organization'))).body.tenant).toBeUndefined();
    });

    it('refuses ID tokens, refresh tokens and tokens for another API', async () => {
      const { id_token = '', refresh_token = '', ...ann } = await logIn('ann');
      expect(await statusOf(byRealmRoles, { access_token: id_token })).toBe(401);
      expect(await statusOf(byRealmRoles, { access_token: refresh_token })).toBe(401);
      const bob = await logIn('bob');
      expect(await statusOf(invoices, bob, { path: '/invoices' })).toBe(401);
      expect(await statusOf(invoices, ann, { path: '/invoices' })).toBe(200);
    });

    it('identifies a service account by its client, and accepts it by its roles', async () => {
      const token = { access_token: await machineToken(REPORTS) };
      expect(await ask(byRealmRoles, token)).toMatchObject({
        status: 200,
        body: { clientId: REPORTS, roles: ['viewer'], subject: expect.any(String) as unknown },
      });
      expect(await statusOf(byRealmRoles, token, { method: 'POST' })).toBe(403);
    });

    it.each<[keyof typeof SETTINGS, number, string?]>([
      ['signs with ES256', 200],
      ['signs with EdDSA', 401, 'algorithm_not_allowed'],
      ['names its type as RFC 9068', 200],
      ['has lightweight tokens', 403, 'permission_missing'],
      ['lacks the scope roles', 403, 'permission_missing'],
    ])('a client that %s gets %s', async (clientId, status, reason = '') => {
      const before = log.lines.length;
      expect(await statusOf(byRealmRoles, { access_token: await machineToken(clientId) })).toBe(status);
      expect(log.lines.slice(before).join('\n')).toContain(reason);
    });

    it('refuses the token of a user whose client lacks the scope basic, since it names no subject', async () => {
      const webClient = `without basic on ${newAdapter().getType()}`;
      await addWebClient(server.admin, webClient, { defaultClientScopes: ['roles'] });
      const ann = await new Browser().logIn(await configOf(webClient), 'ann');
      expect(decodeJwt(ann.access_token).sub).toBeUndefined();
      const before = log.lines.length;
      expect(await statusOf(byRealmRoles, ann)).toBe(401);
      expect(log.lines.slice(before).join('\n')).toContain('claims_invalid');
    });

    it('accepts the new token of a refresh, which is of the same session', async () => {
      const before = await logIn('ann');
      const after = await oidc.refreshTokenGrant(web, before.refresh_token!);
      expect(after.access_token).not.toBe(before.access_token);
      expect(decodeJwt(after.access_token)['sid']).toBe(decodeJwt(before.access_token)['sid']);
      expect(await statusOf(byRealmRoles, after)).toBe(200);
    });

    it('accepts a token that is bound to a key with its proof, and not without', async () => {
      const config = await configOf(REPORTS, SECRET);
      const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
      const token = await oidc.clientCredentialsGrant(config, undefined, { DPoP });
      expect(decodeJwt(token.access_token)['cnf']).toHaveProperty('jkt');
      // The proof is for the address that clients know.
      config[oidc.customFetch] = (url, init) => fetch(url.replace(ORDERS, byRealmRoles.url), init as RequestInit);
      const url = new URL(`${ORDERS}/orders`);
      const proven = await oidc.fetchProtectedResource(config, token.access_token, url, 'GET', null, undefined, { DPoP });
      expect(proven.status).toBe(200);
      expect(await statusOf(byRealmRoles, token)).toBe(401);
    });

    it('accepts tokens of a new key immediately, and those of an old one as long as it is published', async () => {
      const old = await logIn('ann');
      await addSigningKey(server.admin);
      const young = await logIn('ann');
      expect(kidOf(young)).not.toBe(kidOf(old));
      afterTheCoolDown();
      expect(await statusOf(byRealmRoles, young)).toBe(200);
      expect(await statusOf(byRealmRoles, old)).toBe(200);

      await removeKey(server.admin, kidOf(old));
      await addSigningKey(server.admin);
      const youngest = await logIn('ann');
      jest.restoreAllMocks();
      afterTheCoolDown(2);
      expect(await statusOf(byRealmRoles, youngest)).toBe(200);
      expect(await statusOf(byRealmRoles, young)).toBe(200);
      expect(await statusOf(byRealmRoles, old)).toBe(401);
    });

    it('refuses the tokens of a session that its user has ended, and of no other', async () => {
      const [browser, other] = [new Browser(), new Browser()];
      const [ended, kept] = [await browser.logIn(web, 'ann'), await other.logIn(web, 'ann')];
      const refreshed = await oidc.refreshTokenGrant(web, ended.refresh_token!);
      expect(await statusOf(byRealmRoles, ended)).toBe(200);
      await browser.logOut(web, refreshed);
      expect(await statusOf(byRealmRoles, ended)).toBe(401);
      expect(await statusOf(byRealmRoles, refreshed)).toBe(401);
      expect(await statusOf(byRealmRoles, kept)).toBe(200);
    });

    it('refuses the tokens of all sessions of a user that an administrator has ended', async () => {
      const logins = [await logIn('dora'), await logIn('dora')] as const;
      for (const login of logins) expect(await statusOf(byRealmRoles, login)).toBe(200);
      await server.admin('POST', `${AT_REALM}/users/${decodeJwt(logins[0].access_token).sub!}/logout`);
      for (const login of logins) expect(await statusOf(byRealmRoles, login)).toBe(401);
    });

    it('calls no other service if Keycloak refuses a token for it', async () => {
      const before = log.lines.length;
      expect(await statusOf(byRealmRoles, await logIn('bob'), { path: '/orders/invoices' })).toBe(502);
      expect(log.lines.slice(before).join('\n')).toMatch(/WARN .*refused/);
    });

    it("calls another service with a token that was exchanged for the caller's, or with its own", async () => {
      const ann = await logIn('ann');
      const path = '/orders/invoices';
      expect((await ask(byRealmRoles, ann, { path })).body).toMatchObject({
        subject: decodeJwt(ann.access_token).sub,
        clientId: ORDERS,
        roles: ['viewer'],
        audience: INVOICES,
      });
      expect((await ask(byClientRoles, ann, { path })).body).toMatchObject({ clientId: SIGNER, roles: ['viewer'] });
    });
  });

  describe('an import of its export', () => {
    const scratch = new Scratch();

    @Controller('orders')
    class Orders {
      @Get() @RequirePermissions(`${ORDERS}:read`, 'invoices:read') list() {
        return {};
      }
      @Post() @RequirePermissions(`${ORDERS}:create`) create() {
        return {};
      }
    }

    const roles = {
      viewer: { description: 'Sees orders and invoices', permissions: [`${ORDERS}:read`, 'invoices:read'] },
      clerk: { inherits: ['viewer'], permissions: [`${ORDERS}:create`] },
      retired: { permissions: [] },
      'default-roles-acme shop': { permissions: [] },
    };

    it('is a mapping by which a service decides as the roles say', async () => {
      const path = `${AT_REALM}/partial-export?exportClients=true&exportGroupsAndRoles=true`;
      const file = await scratch.write('console.json', (await server.admin('POST', path)) as object);
      const { out, err } = await ran(['import', 'keycloak', file]);
      expect(err).toContain('its only users are service accounts');
      const imported = parse(out) as MappingDocument;
      expect(imported.roles).toEqual(roles);

      const web = 'shop with an import';
      await addWebClient(server.admin, web);
      const service = await new Services(() => new ExpressAdapter(), preset()).of(Orders, { mapping: imported });
      const config = await configOf(web);
      const statuses = async (username: string) => {
        const login = await new Browser().logIn(config, username);
        return [await statusOf(service, login), await statusOf(service, login, { method: 'POST' })];
      };
      expect(await statuses('ann')).toEqual([200, 403]);
      expect(await statuses('bob')).toEqual([403, 403]);
      expect(await statuses('dora')).toEqual([200, 201]);
      await service.close();
    });

    it('by its own command is the same, and lists the roles without holders', async () => {
      const file = await server.exportRealm(REALM);
      const { out, err } = await ran(['import', 'keycloak', file]);
      expect((parse(out) as MappingDocument).roles).toEqual(roles);
      expect(err).toContain('Roles that no user holds (1): retired');
      const ofClient = await ran(['import', 'keycloak', file, '--client-roles-of', ORDERS]);
      expect((parse(ofClient.out) as MappingDocument).roles).toEqual({
        create: { permissions: [`${ORDERS}:create`] },
        read: { permissions: [`${ORDERS}:read`] },
      });
    }, 120_000);
  });
});

interface Token {
  readonly access_token: string;
}

/** Returns the response of a service to a request with a token. */
async function ask({ url }: Service, { access_token }: Token, { path = '/orders', method = 'GET' } = {}) {
  const answer = await fetch(url + path, { method, headers: { authorization: `Bearer ${access_token}` } });
  return { status: answer.status, body: (await answer.json()) as Seen };
}

async function statusOf(...call: Parameters<typeof ask>): Promise<number> {
  return (await ask(...call)).status;
}

const kidOf = ({ access_token }: Token) => decodeProtectedHeader(access_token).kid!;
