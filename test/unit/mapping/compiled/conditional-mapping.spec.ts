import { compileMapping, transferables, type CompiledMapping } from '../../../../lib/mapping/compiled/compile-mapping.js';
import { principalFromClaims, type ConditionFacts } from '../../../../lib/core/index.js';
import { MappingSnapshot, parseMapping, readDocument, toDocument } from '../../../../lib/mapping/index.js';

async function compiled(document: object): Promise<CompiledMapping> {
  const read = await readDocument({ document }, 'test');
  return compileMapping(parseMapping(document, 'test', read));
}
const snapshotOf = async (document: object) => new MappingSnapshot(await compiled(document));
const digestOf = async (document: object) => (await compiled(document)).digest;

const own = { permission: 'orders:update', when: 'resource.ownerId == principal.subject' };
const small = { permission: 'orders:update', when: 'resource.amount < 1000' };
const locked = { permission: 'orders:*', when: 'resource.isLocked' };
const shop = {
  roles: {
    viewer: { permissions: ['orders:read'], deny: [], inherits: [] },
    clerk: { permissions: [own, 'orders:create', small, 'orders:list'], deny: ['orders:purge', locked], inherits: ['viewer'] },
  },
  requires: { 'orders:create': { acr: ['mfa'], maxAgeSeconds: 60 } },
  resources: {
    orders: { ownerId: 'string', amount: 'number', isLocked: 'boolean', tags: 'string[]', owner: { id: 'string' } },
  },
  tenants: { acme: { roles: { clerk: { permissions: [own], deny: [], inherits: [] } } } },
};

const principal = principalFromClaims(
  { iss: 'https://id.acme.test', sub: 'ann', exp: 2_000_000_000 },
  { subject: 'ann', roles: ['clerk'], maxRoles: 10, tenant: undefined, tokenPermissions: undefined },
);
const about = (resource: unknown): ConditionFacts => ({ principal, resource, context: {}, now: 0 });

describe('a compiled mapping with conditions', () => {
  it('has each permission and condition once, however the condition is written', async () => {
    const spaced = { ...own, when: "(resource.ownerId==principal['subject'])" };
    const { conditions, entries } = await compiled({
      roles: { a: [own, spaced], b: [spaced, { ...own, permission: 'bills:pay' }] },
    });
    expect(conditions).toMatchObject([own, { ...own, permission: 'bills:pay' }]);
    expect(entries).toEqual(['orders:update', 'bills:pay']);
  });

  it('gives a role its conditional grants and denials in the order of the document', async () => {
    const snapshot = await snapshotOf(shop);
    expect(snapshot.role('clerk')).toMatchObject(shop.roles.clerk);
    expect(snapshot.role('clerk', 'acme')).toMatchObject({ permissions: [own], deny: [] });
    expect(toDocument(snapshot)).toEqual({ revision: snapshot.revision, ...shop });
  });

  it('gives callers the conditional grants and denials of their roles, inherited and of their tenant', async () => {
    const snapshot = await snapshotOf(shop);
    const held = snapshot.permissionsFor(['clerk']);
    expect(held.granted).toEqual(['orders:create', 'orders:list', 'orders:read']);
    expect(held.conditionalGrants).toMatchObject([own, small]);
    expect(held.conditionalDenials).toMatchObject([locked]);
    const order = { ownerId: 'ann', amount: 5000, isLocked: false };
    expect(held.judge('orders:update', about(order))).toBe('held');
    expect(held.judge('orders:update', about({ ...order, ownerId: 'ben' }))).toBe('unmet');
    expect(held.judge('orders:update', about({ ...order, ownerId: 'ben', amount: 5 }))).toBe('held');
    expect(held.judge('orders:update', about({ ...order, isLocked: true }))).toBe('denied');
    expect(held.judge('orders:update', about({ ...order, isLocked: 'no' }))).toBe('denied');
    expect(held.stepUpFor('orders:create')).toEqual({ among: 'authentication', acr: ['mfa'], maxAgeSeconds: 60 });
    expect(snapshot.permissionsFor(['clerk'], 'acme').conditionalGrants).toMatchObject([own]);
    expect(snapshot.permissionsFor(['clerk'], 'acme').conditionalDenials).toEqual([]);
  });

  it('counts a conditional grant as a grant to someone, and a conditional denial not', async () => {
    const snapshot = await snapshotOf({ roles: { clerk: { permissions: [own, 'a:b'], deny: [locked] } } });
    expect(snapshot.patterns()).toEqual(['orders:update', 'a:b']);
    expect(snapshot.grantsToAnyone('orders:update')).toBe(true);
    expect(snapshot.grantsToAnyone('orders:delete')).toBe(false);
  });

  it('can be transferred to another thread and back unchanged', async () => {
    const [first, sent] = [await compiled(shop), await compiled(shop)];
    const received = structuredClone(sent, { transfer: transferables(sent) });
    expect(sent.conditionalGrants.values).toHaveLength(0);
    expect(toDocument(new MappingSnapshot(received))).toEqual({ revision: received.revision, ...shop });
    expect(received.conditions).toEqual(first.conditions);
  });
});

describe('the digest of a mapping', () => {
  it('is that of earlier releases for a document without conditions, resources and step-ups', async () => {
    expect(await digestOf({ roles: { viewer: ['orders:read'], clerk: { inherits: ['viewer'], deny: ['orders:*'] } } })).toBe(
      '811867953c71',
    );
    expect(
      await digestOf({
        permissions: { 'orders:read': 'x' },
        roles: { viewer: ['orders:read'] },
        tenants: { acme: { roles: { viewer: [] } } },
      }),
    ).toBe('43c0eec2ad69');
  });

  it('changes with a condition, a declared attribute and a step-up, and not with how they are written', async () => {
    const { clerk, viewer } = shop.roles;
    const changed = [
      shop,
      { ...shop, roles: { viewer, clerk: { ...clerk, permissions: [small, 'orders:create', own, 'orders:list'] } } },
      { ...shop, roles: { viewer, clerk: { ...clerk, permissions: [{ ...own, permission: 'orders:list' }, 'orders:create'] } } },
      { ...shop, roles: { viewer, clerk: { ...clerk, permissions: ['orders:update', 'orders:create', small, 'orders:list'] } } },
      { ...shop, roles: { viewer, clerk: { ...clerk, permissions: clerk.deny, deny: clerk.permissions } } },
      { ...shop, requires: { 'orders:create': { acr: ['mfa'] } } },
      { ...shop, requires: {} },
      { ...shop, resources: {} },
      { ...shop, resources: { orders: { ...shop.resources.orders, owner: { id: 'number' } } } },
    ];
    const digests = await Promise.all(changed.map(digestOf));
    expect(new Set(digests).size).toBe(changed.length);
    const written = JSON.parse(JSON.stringify(shop).replaceAll('resource.isLocked', '( resource[\\"isLocked\\"] )')) as object;
    const reordered = Object.fromEntries(Object.entries(shop.resources.orders).reverse());
    expect(await digestOf(written)).toBe(digests[0]);
    expect(await digestOf({ ...shop, resources: { orders: reordered } })).toBe(digests[0]);
  });
});
