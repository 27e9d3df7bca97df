import { PermissionResolver, type HandlerRule } from '../../../../lib/authorization/index.js';
import { startReport, ofMapping } from '../../../../lib/authorization/start/start-report.js';
import type { FoundHandlers } from '../../../../lib/authorization/requirements/find-handlers.js';
import { cognito, parseAuthenticationSettings, type AuthenticationOptions } from '../../../../lib/authentication/index.js';
import { PermissionSet, type NamesClause, type Principal } from '../../../../lib/core/index.js';
import { MappingStore, type MappingDocument } from '../../../../lib/mapping/index.js';
import { KINDS } from '../handler-kinds.js';

const authentication = parseAuthenticationSettings({ issuer: 'https://id.acme.test', audience: ['orders', 'billing'] });

async function mappingOf(roles: MappingDocument['roles'], permissions?: Record<string, string>) {
  const document = { revision: 'r1', roles, ...(permissions && { permissions }) };
  const store = new MappingStore({ name: 'static', load: () => ({ content: { document } }) });
  await store.start();
  return store;
}

const asking = (name: string, ...names: string[]): HandlerRule => ({
  name,
  requirement: { access: 'authenticated', clauses: [{ among: 'permissions', need: 'all', names }] },
  mode: 'enforce',
  kind: 'route',
});

const found = (...rules: HandlerRule[]): FoundHandlers => ({ kinds: KINDS, rules, doubtful: [] });

const names = (among: NamesClause['among'], name: string): NamesClause => ({ among, need: 'all', names: [name] });
const askingNoPermissions: HandlerRule = {
  name: 'A.a',
  requirement: { access: 'authenticated', clauses: [names('roles', 'clerk'), names('scopes', 'orders.read')] },
  mode: 'enforce',
  kind: 'route',
};

describe('the report at start', () => {
  it('names every audience and the mapping', async () => {
    const { summary } = startReport(found(asking('A.a', 'a:b')), authentication, await mappingOf({ r: ['a:b'] }));
    expect(summary).toBe(
      'Guarding 1 routes (0 public, 0 with optional authentication); tokens from https://id.acme.test for orders or billing; mapping from static, revision r1',
    );
  });

  it('says where revocations come from, where there are any', async () => {
    const { summary } = startReport(found(), authentication, await mappingOf({ r: ['a:b'] }), 'redis:authz:revocations');
    expect(summary).toMatch(/; mapping from static, revision r1; revocations from redis:authz:revocations$/);
  });

  it('names every issuer with what it checks, or that a resolver knows them', async () => {
    const pool = { region: 'eu-central-1', userPoolId: 'eu-central-1_A', clientIds: ['shop', 'till'] };
    const issuers = ['https://a.acme.test', { issuer: 'https://b.acme.test', audience: null }, cognito(pool)];
    const trusted = async (options: object) =>
      startReport(
        found(),
        parseAuthenticationSettings({ audience: 'orders', ...options } as AuthenticationOptions),
        await mappingOf({}),
      ).summary;
    expect(await trusted({ issuers })).toContain(
      'tokens from https://a.acme.test for orders, https://b.acme.test for any audience, ' +
        'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_A for clients shop or till; ',
    );
    expect(await trusted({ issuers: { resolve: () => undefined } })).toContain(
      'tokens from the issuers that issuers.resolve() knows; ',
    );
  });

  it('lists twenty handlers and counts the others', async () => {
    const handlers = Array.from({ length: 23 }, (_, n): HandlerRule => ({
      name: `A.m${n}`,
      requirement: { access: 'unstated' },
      mode: 'enforce',
      kind: 'route',
    }));
    const { warnings } = startReport(found(...handlers), authentication, await mappingOf({}));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^Every call to A\.m0, .*A\.m19 and 3 more is refused: /);
  });

  it('counts what a pattern grants as granted', async () => {
    const handlers = [asking('A.a', 'orders:read', 'orders:items:read'), asking('A.b', 'invoices:read')];
    const { warnings } = startReport(found(...handlers), authentication, await mappingOf({ r: ['orders:*', '*:read'] }));
    expect(warnings).toEqual([]);
  });

  it('does not look for roles and scopes in the mapping', async () => {
    expect(startReport(found(askingNoPermissions), authentication, await mappingOf({})).warnings).toEqual([]);
  });

  it('says that a source has brought no mapping yet, and what that means', () => {
    const { summary, warnings } = startReport(found(asking('A.a', 'a:b')), authentication, {
      name: 'remote',
      current: undefined,
    });
    expect(summary).toMatch(/; no mapping loaded from remote yet: requests that need permissions get 503 until one is$/);
    expect(warnings).toEqual([]);
  });

  it("cannot say what an application's own provider grants", () => {
    const { summary, warnings } = startReport(found(asking('A.a', 'a:b')), authentication, undefined);
    expect(summary).toMatch(/; mapping from the application's provider$/);
    expect(warnings).toEqual([]);
  });

  it('counts the handlers of each transport that has any, and no fields', async () => {
    const kinds = ['event stream', 'route', 'message', 'message', 'socket', 'operation', 'field', undefined];
    const rules = kinds.map((kind) => ({ ...asking('A.a', 'a:b'), kind }));
    const { summary } = startReport(found(...rules), authentication, await mappingOf({ r: ['a:b'] }));
    expect(summary).toMatch(
      /^Guarding 2 routes, 2 message handlers, 1 WebSocket handlers, 1 GraphQL operations \(0 public, 0 with optional/,
    );
  });

  it('lists tasks that need no token, and handlers that are refused because they cannot be distinguished', async () => {
    const task: HandlerRule = {
      name: 'Jobs.close',
      kind: 'message',
      requirement: { access: 'task' },
      mode: 'enforce',
    };
    const doubtful: HandlerRule = { ...task, name: 'A.a or A.b', doubt: 'one function stands for several handlers' };
    const { warnings } = startReport({ ...found(task), doubtful: [doubtful] }, authentication, await mappingOf({}));
    expect(warnings).toEqual([
      'Anyone who can reach the transport can call Jobs.close: @ServiceTask() requires no token.',
      'Every call to A.a or A.b is refused: one function stands for several handlers. ' +
        'Keep the method at its property, or write a handler that calls the function.',
    ]);
  });

  it('names the handlers on which permissions are not enforced, and no other', async () => {
    const handlers: HandlerRule[] = [
      { ...asking('A.a', 'a:b'), mode: 'report' },
      { ...askingNoPermissions, name: 'A.b', mode: 'report' },
      asking('A.c', 'a:b'),
    ];
    expect(startReport(found(...handlers), authentication, await mappingOf({ r: ['a:b'] })).warnings).toEqual([
      'Permissions are not enforced on A.a: calls that lack only permissions are let through, logged and counted. ' +
        "Remove mode: 'report' or @AuthzMode('report') to enforce them.",
    ]);
  });
});

describe('permissions that handlers ask for', () => {
  const catalogue = { 'orders:read': 'See orders', 'orders:create': '', 'orders:delete': '' };

  it("are looked up in the mapping's permissions, where it lists them, patterns notwithstanding", async () => {
    const { current } = await mappingOf({ admin: ['*'] }, catalogue);
    const handlers = [asking('A.a', 'orders:read', 'orders:raed'), asking('A.b', 'orders:raed', 'invoices:void')];
    expect(ofMapping(handlers, current!)).toEqual([
      '"orders:raed", required by A.a, A.b, is not listed in the mapping\'s permissions. Did you mean "orders:read"?',
      '"invoices:void", required by A.b, is not listed in the mapping\'s permissions.',
    ]);
  });

  it('are listed but granted to no role', async () => {
    const { current } = await mappingOf({ viewer: ['orders:read'] }, catalogue);
    expect(ofMapping([asking('A.a', 'orders:delete')], current!)).toEqual(['No role grants "orders:delete", required by A.a.']);
  });
});

describe('permissions that the token carries', () => {
  const principalWith = (...names: string[]) =>
    ({ roles: [], tokenPermissions: { combine: 'union', names } }) as unknown as Principal;

  it('are combined with those of the mapping, once for each principal and state of the mapping', async () => {
    const held = { now: new PermissionSet(['a:b']) };
    const resolver = new PermissionResolver(() => ({ permissionsFor: () => held.now }), 100);
    await resolver.start();
    const principal = principalWith('c:d');
    const first = resolver.resolve(principal);
    expect(first).toMatchObject({ permissions: { granted: ['a:b', 'c:d'] } });
    const permissionsOf = (found: typeof first) => ('permissions' in found ? found.permissions : undefined);
    expect(permissionsOf(resolver.resolve(principal))).toBe(permissionsOf(first));
    expect(resolver.resolve(principalWith('e:f'))).toMatchObject({ permissions: { granted: ['a:b', 'e:f'] } });
    held.now = new PermissionSet(['x:y']);
    expect(resolver.resolve(principal)).toMatchObject({ permissions: { granted: ['x:y', 'c:d'] } });
  });

  it('do not stand in for a mapping that is not to be had', async () => {
    const failing = () => {
      throw new Error('down');
    };
    const resolver = new PermissionResolver(() => ({ permissionsFor: failing }), 100);
    await resolver.start();
    expect(await resolver.resolve(principalWith('c:d'))).toMatchObject({ failure: 'mapping_unavailable' });
  });

  it('wait for a provider that takes its time', async () => {
    const resolver = new PermissionResolver(() => ({ permissionsFor: () => Promise.resolve(['a:b']) }), 100);
    await resolver.start();
    expect(await resolver.resolve(principalWith('c:d'))).toMatchObject({ permissions: { granted: ['a:b', 'c:d'] } });
  });
});

describe('permissions asked for before the application is initialised', () => {
  it('are not to be had, rather than none', async () => {
    const resolver = new PermissionResolver(() => ({ permissionsFor: () => ['a:b'] }), 100);
    const principal = { roles: [] } as unknown as Principal;
    expect(resolver.resolve(principal)).toMatchObject({ failure: 'mapping_unavailable' });
    await resolver.start();
    expect(resolver.resolve(principal)).toMatchObject({ permissions: { granted: ['a:b'] } });
  });
});
