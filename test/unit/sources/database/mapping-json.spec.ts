import fc from 'fast-check';
import { mappingJson } from '../../../../lib/sources/database/mapping-json.js';
import type { MappingRows } from '../../../../lib/sources/database/read-mapping-rows.js';

const name = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', 'a', 'b'), fc.string({ minLength: 1 }));
const grant = fc.tuple(name, name, fc.constantFrom('allow', 'deny'));
const noRows: MappingRows = { roles: undefined, permissions: [], grants: [], inherits: [] };

interface Role {
  readonly permissions?: string[];
  readonly deny?: string[];
}

describe('the mapping document made from rows', () => {
  it('has exactly the grants of the rows for each role, whatever the names', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(grant), async (grants) => {
        const { roles } = JSON.parse(await mappingJson('test', { ...noRows, grants })) as { roles: Record<string, Role> };
        const granted = Object.entries(roles).flatMap(([role, { permissions = [], deny = [] }]) => [
          ...permissions.map((permission) => JSON.stringify([role, permission, 'allow'])),
          ...deny.map((permission) => JSON.stringify([role, permission, 'deny'])),
        ]);
        expect(granted.sort()).toEqual([...new Set(grants.map((row) => JSON.stringify(row)))].sort());
      }),
    );
  });

  it('is the same for the same rows in another order', async () => {
    const rows = fc
      .array(grant)
      .chain((grants) =>
        fc.tuple(fc.constant(grants), fc.shuffledSubarray(grants, { minLength: grants.length, maxLength: grants.length })),
      );
    await fc.assert(
      fc.asyncProperty(rows, async ([grants, shuffled]) => {
        expect(await mappingJson('test', { ...noRows, grants: shuffled })).toBe(await mappingJson('test', { ...noRows, grants }));
      }),
    );
  });

  it('keeps each condition of a permission, and the same permission without one', async () => {
    const grants = [
      ['clerk', 'orders:read', 'allow', 'resource.b == 1'],
      ['clerk', 'orders:read', 'allow', null],
      ['clerk', 'orders:read', 'allow', 'resource.a == 1'],
      ['clerk', 'orders:read', 'allow', 'resource.a == 1'],
      ['clerk', 'orders:read', 'deny', ''],
    ];
    const { roles } = JSON.parse(await mappingJson('test', { ...noRows, grants })) as { roles: unknown };
    expect(roles).toEqual({
      clerk: {
        permissions: [
          'orders:read',
          { permission: 'orders:read', when: 'resource.a == 1' },
          { permission: 'orders:read', when: 'resource.b == 1' },
        ],
        // Refused by the check of the document, never dropped.
        deny: [{ permission: 'orders:read', when: '' }],
      },
    });
    for (const when of [0, false, {}, Buffer.from('true')])
      await expect(mappingJson('test', { ...noRows, grants: [['clerk', 'orders:read', 'deny', when]] })).rejects.toThrow(
        'the condition must be a string or NULL',
      );
  });

  it('reports rows with invalid values, up to twenty', async () => {
    const grants = Array.from({ length: 25 }, (_, row) => [row, 'a:b', 'allow']);
    const message = await mappingJson('test', { ...noRows, grants }).catch((error: unknown) => String(error));
    expect(message).toContain(
      'The mapping from test cannot be used:\n  grant (0, "a:b", "allow"): names must be non-empty strings, got 0.',
    );
    expect(message).toContain('… and 5 more.');
    await fc.assert(
      fc.asyncProperty(
        fc.anything().filter((value) => typeof value !== 'string' || value === ''),
        async (value) => {
          for (const row of [
            [value, 'a:b', 'allow'],
            ['a', value, 'allow'],
            ['a', 'a:b', value],
          ])
            await expect(mappingJson('test', { ...noRows, grants: [row] })).rejects.toThrow('cannot be used');
        },
      ),
    );
  });
});
