import { parseMapping } from '../../../../lib/mapping/index.js';
import { compileMapping, transferables } from '../../../../lib/mapping/compiled/compile-mapping.js';

const compile = (document: object) => compileMapping(parseMapping(document, 'test'));

describe('compileMapping', () => {
  const document = {
    permissions: { x: 'an x', y: '' },
    roles: { a: ['x', 'y'], b: { permissions: ['z:*'], inherits: ['a'], description: 'b' } },
    tenants: { acme: { roles: { a: [], c: { inherits: ['b'], deny: ['x'] } } }, idle: { roles: {} } },
  };

  it('has a size linear in that of the document, for any hierarchy', () => {
    const size = (count: number) => {
      const roles = Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `r${index}`,
          { permissions: [`p:${index}`], inherits: index > 0 ? [`r${index - 1}`] : [] },
        ]),
      );
      return transferables(compile({ roles })).reduce((sum, { byteLength }) => sum + byteLength, 0);
    };
    expect(size(2000)).toBeLessThan(2.1 * size(1000));
  });

  it('can be transferred to another thread and back unchanged, without copying its arrays', () => {
    const first = compile(document);
    const arrays = transferables(compile(document));
    expect(new Set(arrays).size).toBe(13);
    const sent = compile(document);
    const received = structuredClone(sent, { transfer: transferables(sent) });
    expect(JSON.stringify({ ...received, descriptions: [...received.descriptions] })).toBe(
      JSON.stringify({ ...first, descriptions: [...first.descriptions] }),
    );
    expect(sent.grants.values.byteLength).toBe(0);
  });

  describe('computes a digest of the content', () => {
    const { digest } = compile(document);

    it('that does not depend on the order of roles and tenants, nor on the metadata', () => {
      const { roles, tenants, permissions } = document;
      const other = {
        tenants: { idle: tenants.idle, acme: { roles: { c: tenants.acme.roles.c, a: { permissions: [] } } } },
        roles: { b: roles.b, a: roles.a },
        permissions: { y: 'described', x: '' },
        revision: 'r1',
        sequence: 7,
        issuer: 'us',
        notAfter: '2100-01-01T00:00:00Z',
      };
      expect(compile(other)).toMatchObject({ digest, revision: 'r1' });
      expect(compile({ roles, tenants, permissions }).revision).toBe(digest);
    });

    it.each<[string, object]>([
      ['a tenant', { ...document, tenants: { acme: document.tenants.acme } }],
      ['a role of a tenant', { ...document, tenants: { ...document.tenants, idle: { roles: { a: [] } } } }],
      ['the name of a tenant', { ...document, tenants: { acme: document.tenants.acme, Idle: { roles: {} } } }],
      ['the list of permissions', { ...document, permissions: { ...document.permissions, q: '' } }],
      ['that there is a list of permissions', { roles: document.roles, tenants: document.tenants }],
      ['a grant that becomes a denial', { ...document, roles: { ...document.roles, a: { deny: ['x', 'y'] } } }],
    ])('that is another where %s differs', (_what, other) => {
      expect(compile(other).digest).not.toBe(digest);
    });
  });
});
