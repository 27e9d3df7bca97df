import { grantsByResource, MappingStore, type MappingDocument } from '../../../../lib/mapping/index.js';

const OWN = 'resource.ownerId == principal.subject';

async function isByResource(permission: string, roles: MappingDocument['roles']): Promise<boolean> {
  const store = new MappingStore({ name: 'test', load: () => ({ content: { document: { roles } } }) });
  await store.start();
  return grantsByResource(store.current!)(permission);
}

describe('a permission is granted by resource', () => {
  it.each<[boolean, string, MappingDocument['roles']]>([
    [true, 'if every grant has a condition over the resource', { clerk: [{ permission: 'orders:update', when: OWN }] }],
    [true, 'by a pattern too', { clerk: [{ permission: 'orders:*', when: OWN }] }],
    [false, 'unless another role grants it always', { clerk: [{ permission: 'orders:update', when: OWN }], admin: ['*'] }],
    [false, 'unless a condition reads no resource', { clerk: [{ permission: 'orders:update', when: 'context.ip == "a"' }] }],
    [false, 'unless no role grants it', { clerk: ['orders:read', { permission: 'orders:delete', when: OWN }] }],
    [
      false,
      'unless only a denial has the condition',
      { clerk: { permissions: [], deny: [{ permission: 'orders:update', when: OWN }] } },
    ],
  ])('%j: %s', async (expected, _, roles) => {
    expect(await isByResource('orders:update', roles)).toBe(expected);
  });
});
