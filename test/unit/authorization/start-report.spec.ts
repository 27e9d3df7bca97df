import type { FoundHandler } from '../../../lib/authorization/find-handlers.js';
import { PermissionResolver, startReport } from '../../../lib/authorization/index.js';
import { parseIssuerSettings } from '../../../lib/authentication/index.js';
import type { Principal } from '../../../lib/core/index.js';
import { MappingStore } from '../../../lib/mapping/index.js';

const issuer = parseIssuerSettings({ issuer: 'https://id.acme.test', audience: ['orders', 'billing'] });

async function mappingOf(roles: Record<string, string[]>) {
  const store = new MappingStore({ name: 'static', load: () => ({ document: { revision: 'r1', roles } }) });
  await store.start();
  return { source: 'static', snapshot: store.current };
}

const asking = (name: string, ...names: string[]): FoundHandler => ({
  name,
  requirement: { access: 'authenticated', clauses: [{ among: 'permissions', need: 'all', names }] },
});

describe('the report at start', () => {
  it('names every audience and the mapping', async () => {
    const { summary } = startReport([asking('A.a', 'a:b')], issuer, await mappingOf({ r: ['a:b'] }));
    expect(summary).toBe(
      'Guarding 1 routes (0 public, 0 with optional authentication); tokens from https://id.acme.test for orders or billing; mapping from static, revision r1',
    );
  });

  it('lists twenty handlers and counts the others', async () => {
    const handlers = Array.from({ length: 23 }, (_, n): FoundHandler => ({
      name: `A.m${n}`,
      requirement: { access: 'unstated' },
    }));
    const { warnings } = startReport(handlers, issuer, await mappingOf({}));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^Nobody may call A\.m0, .*A\.m19 and 3 more: /);
  });

  it('counts what a pattern grants as granted', async () => {
    const handlers = [asking('A.a', 'orders:read', 'orders:items:read'), asking('A.b', 'invoices:read')];
    const { warnings } = startReport(handlers, issuer, await mappingOf({ r: ['orders:*', '*:read'] }));
    expect(warnings).toEqual([]);
  });

  it('does not look for roles and scopes in the mapping', async () => {
    const clauses = [
      { among: 'roles', need: 'all', names: ['clerk'] },
      { among: 'scopes', need: 'all', names: ['orders.read'] },
    ] as const;
    const handlers: FoundHandler[] = [{ name: 'A.a', requirement: { access: 'authenticated', clauses } }];
    expect(startReport(handlers, issuer, await mappingOf({})).warnings).toEqual([]);
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
