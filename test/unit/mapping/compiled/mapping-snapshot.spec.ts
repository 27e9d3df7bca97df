import { toDocument, type MappingDocument } from '../../../../lib/mapping/index.js';
import { snapshotOf } from '../snapshot-of.js';

const snapshot = (roles: unknown, revision?: string) => snapshotOf({ roles, ...(revision !== undefined && { revision }) });

describe('MappingSnapshot', () => {
  const shop = snapshot({
    viewer: ['orders:read'],
    clerk: { inherits: ['viewer'], permissions: ['orders:create'] },
    boss: { inherits: ['clerk', 'auditor'], permissions: ['*'] },
    auditor: { permissions: ['invoices:read'], deny: ['orders:delete'] },
    trainee: { deny: ['orders:create'] },
  });

  it('has the common roles for all, and the roles of a tenant for this tenant only', () => {
    const both = snapshotOf({ roles: { viewer: ['a:b'] }, tenants: { acme: { roles: { clerk: ['a:b'] } } } });
    const known = (tenant?: string) => ['viewer', 'clerk', 'boss', '__proto__'].filter((name) => both.hasRole(name, tenant));
    expect([known(), known('acme'), known('other')]).toEqual([['viewer'], ['viewer', 'clerk'], ['viewer']]);
    for (const tenant of [undefined, 'acme', 'other'])
      for (const name of ['viewer', 'clerk', 'boss'])
        expect(both.hasRole(name, tenant)).toBe(both.role(name, tenant) !== undefined);
  });

  it('gives a role the inherited grants and denials, over any number of steps', () => {
    expect(shop.permissionsFor(['clerk']).granted).toEqual(['orders:create', 'orders:read']);
    expect(shop.permissionsFor(['boss']).covers('orders:read')).toBe(true);
    expect(shop.permissionsFor(['boss']).covers('orders:delete')).toBe(false);
    expect(shop.permissionsFor(['boss']).denies('orders:delete')).toBe(true);
  });

  it('lets a denial of any role win over grants', () => {
    expect(shop.permissionsFor(['clerk']).covers('orders:create')).toBe(true);
    expect(shop.permissionsFor(['clerk', 'trainee']).covers('orders:create')).toBe(false);
    expect(shop.permissionsFor(['trainee', 'clerk']).covers('orders:create')).toBe(false);
  });

  it.each([[[]], [['unknown']], [['*']], [['Viewer']], [['orders:read']], [['viewer ']]])('gives nothing to %j', (roles) => {
    expect(shop.permissionsFor(roles)).toMatchObject({ granted: [], denied: [], revision: shop.revision });
  });

  it('ignores unknown and repeated roles and the order of roles', () => {
    const rights = (...roles: string[]) => {
      const { granted, denied } = shop.permissionsFor(roles);
      return { granted: [...granted].sort(), denied: [...denied].sort() };
    };
    const expected = { granted: ['invoices:read', 'orders:read'], denied: ['orders:create', 'orders:delete'] };
    expect(rights('viewer', 'auditor', 'trainee')).toEqual(expected);
    expect(rights('trainee', 'viewer', 'auditor')).toEqual(expected);
    expect(rights('x', 'trainee', 'viewer', 'trainee', 'y', 'auditor', 'viewer')).toEqual(expected);
  });

  it('gives correct results for many more sets of roles than it caches', () => {
    const names = Array.from({ length: 12 }, (_, index) => `r${index}`);
    const mapping = snapshot(Object.fromEntries(names.map((name) => [name, [`p:${name}`]])));
    const subset = (bits: number) => names.filter((_, index) => bits & (1 << index));
    for (const round of [1, 2])
      for (let bits = 0; bits < 2500; bits++)
        if (mapping.permissionsFor(subset(bits)).granted.length !== subset(bits).length)
          throw new Error(`round ${round}, ${bits}`);
    expect(mapping.permissionsFor(['r3', 'r7']).granted).toEqual(['p:r3', 'p:r7']);
  });

  it('resolves a long chain', () => {
    const roles = Array.from({ length: 1000 }, (_, index) => [
      `r${index}`,
      { permissions: [`p:${index}`], inherits: index > 0 ? [`r${index - 1}`] : [] },
    ]) as [string, object][];
    expect(snapshot(Object.fromEntries(roles)).permissionsFor(['r999']).covers('p:0')).toBe(true);
  });

  it('finds whether any role grants a permission', () => {
    expect(snapshot({ viewer: ['orders:read'] }).grantsToAnyone('orders:read')).toBe(true);
    expect(snapshot({ viewer: ['orders:*'] }).grantsToAnyone('orders:read')).toBe(true);
    expect(snapshot({ viewer: ['orders:read'] }).grantsToAnyone('orders:raed')).toBe(false);
    expect(snapshot({ viewer: { deny: ['orders:read'] } }).grantsToAnyone('orders:read')).toBe(false);
    expect([...shop.patterns()].sort()).toEqual(['*', 'invoices:read', 'orders:create', 'orders:read']);
  });

  describe('revision', () => {
    const roles = { a: ['x', 'y'], b: { permissions: ['z'], inherits: ['a'] } };

    it('is the revision in the document', () => {
      expect(snapshot(roles, 'r1').revision).toBe('r1');
      expect(snapshot(roles, 'r1').permissionsFor(['a']).revision).toBe('r1');
    });

    it('is by default the same for the same content, in any order of roles and in either form', () => {
      const { revision } = snapshot(roles);
      expect(revision).toMatch(/^[0-9a-f]{12}$/);
      expect(snapshot({ b: { inherits: ['a'], permissions: ['z'] }, a: { permissions: ['x', 'y'] } }).revision).toBe(revision);
    });

    it.each([
      ['a permission', { ...roles, a: ['x'] }],
      ['a denial', { ...roles, a: { permissions: ['x', 'y'], deny: ['q'] } }],
      ['a parent', { ...roles, b: ['z'] }],
      ['a role', { ...roles, c: [] }],
      ['a name', { a2: ['x', 'y'], b: { permissions: ['z'], inherits: ['a2'] } }],
    ])('is else another where %s differs', (_what, other) => {
      expect(snapshot(other).revision).not.toBe(snapshot(roles).revision);
    });
  });

  it('treats names of Object.prototype as ordinary roles, which exist only if the document has them', () => {
    const mapping = snapshotOf(JSON.parse('{"roles": {"__proto__": ["a:b"], "constructor": {"inherits": ["__proto__"]}}}'));
    expect(mapping.permissionsFor(['constructor']).granted).toEqual(['a:b']);
    expect(
      snapshot({ viewer: ['a'] }).permissionsFor(['__proto__', 'constructor', 'toString', 'hasOwnProperty']).granted,
    ).toEqual([]);
  });

  describe('with tenants', () => {
    const fleet = snapshotOf({
      roles: {
        viewer: ['orders:read'],
        clerk: { inherits: ['viewer'], permissions: ['orders:create'] },
        boss: { inherits: ['clerk'], permissions: ['*'] },
      },
      tenants: {
        acme: {
          roles: {
            viewer: ['invoices:read'],
            night: { inherits: ['clerk'], deny: ['orders:create'] },
          },
        },
        bolt: { roles: { clerk: { deny: ['orders:delete'] } } },
        idle: { roles: {} },
      },
    });
    const granted = (role: string, tenant?: string) => fleet.permissionsFor([role], tenant).granted;

    it('gives a role of the tenant to the tenant alone', () => {
      expect(fleet.permissionsFor(['night'], 'acme').covers('orders:create')).toBe(false);
      expect(granted('night', 'acme')).toEqual(['orders:create', 'invoices:read']);
      for (const tenant of [undefined, 'bolt', 'idle', 'nobody']) expect(granted('night', tenant)).toEqual([]);
    });

    it('replaces a role completely, also for roles that inherit from it', () => {
      expect(granted('viewer', 'acme')).toEqual(['invoices:read']);
      expect(granted('clerk', 'acme')).toEqual(['orders:create', 'invoices:read']);
      expect(granted('clerk', 'bolt')).toEqual([]);
      expect(fleet.permissionsFor(['boss'], 'bolt').covers('orders:delete')).toBe(false);
      expect(fleet.permissionsFor(['boss'], 'acme').covers('orders:delete')).toBe(true);
    });

    it.each([[undefined], ['idle'], ['nobody'], ['__proto__'], ['constructor'], ['Acme'], ['acme '], ['']])(
      'gives the tenant %j the common roles',
      (tenant) => {
        expect(granted('viewer', tenant)).toEqual(['orders:read']);
        expect(granted('clerk', tenant)).toEqual(['orders:create', 'orders:read']);
      },
    );

    it('caches resolved sets of roles separately for each tenant', () => {
      for (let round = 0; round < 3; round++) {
        expect(granted('viewer', 'acme')).toEqual(['invoices:read']);
        expect(granted('viewer')).toEqual(['orders:read']);
        expect(granted('viewer', 'bolt')).toEqual(['orders:read']);
      }
    });

    it('lists its roles and tenants', () => {
      expect(fleet.tenantNames()).toEqual(['acme', 'bolt', 'idle']);
      expect(fleet.roleNames()).toEqual(['viewer', 'clerk', 'boss']);
      expect(fleet.roleNames('acme')).toEqual(['viewer', 'night']);
      expect(fleet.roleNames('nobody')).toEqual([]);
      expect(fleet.role('night')).toBeUndefined();
      expect(fleet.role('night', 'acme')).toEqual({
        permissions: [],
        deny: ['orders:create'],
        inherits: ['clerk'],
        description: undefined,
      });
      expect(fleet.role('boss', 'acme')).toEqual(fleet.role('boss'));
      expect(fleet.role('__proto__')).toBeUndefined();
      expect(fleet.grantsToAnyone('invoices:read')).toBe(true);
      expect(fleet.patterns()).toContain('invoices:read');
      expect(fleet.patterns()).not.toContain('orders:delete');
    });
  });

  it('does not confuse sets of roles whose numbers are encoded similarly', () => {
    const names = Array.from({ length: 70_000 }, (_, index) => `r${index}`);
    const many = snapshotOf({
      roles: Object.fromEntries(names.map((name) => [name, [`p:${name}`]])),
      tenants: { t: { roles: { r0: ['own:r0'] } } },
    });
    const granted = (roles: string[], tenant?: string) => [...many.permissionsFor(roles, tenant).granted];
    for (const [a, b] of [
      ['r1', 'r65536'],
      ['r0', 'r116'], // the character that begins the key of a tenant
      ['r65537', 'r1'],
      ['r55296', 'r56320'], // surrogates that form one character
    ] as const) {
      expect(granted([a, b])).toEqual([`p:${a}`, `p:${b}`]);
      expect(granted([b])).toEqual([`p:${b}`]);
      expect(granted([a, b], 't')).toEqual([a === 'r0' ? 'own:r0' : `p:${a}`, `p:${b}`]);
      expect(granted([b, a])).toEqual([`p:${b}`, `p:${a}`]);
    }
  });

  it('cannot be changed through returned values', () => {
    const mapping = snapshot({ viewer: ['orders:read'] });
    const set = mapping.permissionsFor(['viewer']);
    expect(() => (set.granted as string[]).push('*')).toThrow(TypeError);
    (mapping.role('viewer')!.permissions as string[]).push('*');
    expect(mapping.permissionsFor(['viewer']).covers('orders:delete')).toBe(false);
    expect(mapping.role('viewer')!.permissions).toEqual(['orders:read']);
  });
});

describe('toDocument', () => {
  const document: MappingDocument = {
    revision: 'r1',
    issuer: 'the authority',
    audience: ['orders', 'billing'],
    sequence: 7,
    issuedAt: '2026-01-02T03:04:05Z',
    notAfter: '2100-01-01T00:00:00.000Z',
    roles: JSON.parse(
      '{"viewer": {"permissions": ["orders:read"], "deny": [], "inherits": [], "description": "looks"}, ' +
        '"__proto__": {"permissions": ["orders:*"], "deny": ["orders:delete"], "inherits": ["viewer", "constructor"]}, ' +
        '"constructor": {"permissions": [], "deny": [], "inherits": []}}',
    ) as MappingDocument['roles'],
    permissions: { 'orders:read': 'see orders', 'orders:delete': '' },
    tenants: JSON.parse(
      '{"__proto__": {"roles": {"viewer": {"permissions": [], "deny": ["*"], "inherits": ["own"]}, ' +
        '"own": {"permissions": [], "deny": [], "inherits": [], "description": ""}}}, "none": {"roles": {}}}',
    ) as NonNullable<MappingDocument['tenants']>,
  };

  it('returns the compiled document unchanged', () => {
    // Compared as JSON: a comparison of values would ignore a member named __proto__.
    expect(JSON.stringify(toDocument(snapshotOf(document)))).toBe(JSON.stringify(document));
  });

  it('returns a document that compiles to the same mapping, from either form', () => {
    for (const original of [document, { roles: { a: ['x'], b: { inherits: ['a'] } } }]) {
      const first = snapshotOf(original);
      const second = snapshotOf(toDocument(first));
      expect(second.digest).toBe(first.digest);
      expect(second.compiled).toEqual(first.compiled);
      expect(toDocument(second)).toEqual(toDocument(first));
    }
  });

  it('leaves out absent members', () => {
    expect(toDocument(snapshotOf({ revision: 'r1', roles: {} }))).toStrictEqual({ revision: 'r1', roles: {} });
  });
});
