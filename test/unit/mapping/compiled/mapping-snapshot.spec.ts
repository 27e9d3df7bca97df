import { MappingSnapshot, parseMapping, toDocument, type MappingDocument } from '../../../../lib/mapping/index.js';
import { compileMapping } from '../../../../lib/mapping/compiled/compile-mapping.js';

const snapshotOf = (document: unknown) => new MappingSnapshot(compileMapping(parseMapping(document, 'test')));
const snapshot = (roles: unknown, revision?: string) => snapshotOf({ roles, ...(revision !== undefined && { revision }) });

describe('MappingSnapshot', () => {
  const shop = snapshot({
    viewer: ['orders:read'],
    clerk: { inherits: ['viewer'], permissions: ['orders:create'] },
    boss: { inherits: ['clerk', 'auditor'], permissions: ['*'] },
    auditor: { permissions: ['invoices:read'], deny: ['orders:delete'] },
    trainee: { deny: ['orders:create'] },
  });

  it('knows of the roles for all, and of those of a tenant there only', () => {
    const both = snapshotOf({ roles: { viewer: ['a:b'] }, tenants: { acme: { roles: { clerk: ['a:b'] } } } });
    const known = (tenant?: string) => ['viewer', 'clerk', 'boss', '__proto__'].filter((name) => both.hasRole(name, tenant));
    expect([known(), known('acme'), known('other')]).toEqual([['viewer'], ['viewer', 'clerk'], ['viewer']]);
    for (const tenant of [undefined, 'acme', 'other'])
      for (const name of ['viewer', 'clerk', 'boss'])
        expect(both.hasRole(name, tenant)).toBe(both.role(name, tenant) !== undefined);
  });

  it('gives a role what it inherits, denials too, over any number of steps', () => {
    expect(shop.permissionsFor(['clerk']).granted).toEqual(['orders:create', 'orders:read']);
    expect(shop.permissionsFor(['boss']).covers('orders:read')).toBe(true);
    expect(shop.permissionsFor(['boss']).covers('orders:delete')).toBe(false);
    expect(shop.permissionsFor(['boss']).denies('orders:delete')).toBe(true);
  });

  it('lets a denial of any role win', () => {
    expect(shop.permissionsFor(['clerk']).covers('orders:create')).toBe(true);
    expect(shop.permissionsFor(['clerk', 'trainee']).covers('orders:create')).toBe(false);
    expect(shop.permissionsFor(['trainee', 'clerk']).covers('orders:create')).toBe(false);
  });

  it.each([[[]], [['unknown']], [['*']], [['Viewer']], [['orders:read']], [['viewer ']]])('gives nothing to %j', (roles) => {
    expect(shop.permissionsFor(roles)).toMatchObject({ granted: [], denied: [], revision: shop.revision });
  });

  it('is not confused by unknown and repeated roles among known ones, nor by their order', () => {
    const rights = (...roles: string[]) => {
      const { granted, denied } = shop.permissionsFor(roles);
      return { granted: [...granted].sort(), denied: [...denied].sort() };
    };
    const expected = { granted: ['invoices:read', 'orders:read'], denied: ['orders:create', 'orders:delete'] };
    expect(rights('viewer', 'auditor', 'trainee')).toEqual(expected);
    expect(rights('trainee', 'viewer', 'auditor')).toEqual(expected);
    expect(rights('x', 'trainee', 'viewer', 'trainee', 'y', 'auditor', 'viewer')).toEqual(expected);
  });

  it('answers rightly for many more role sets than it keeps', () => {
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

  it('knows whether anyone may', () => {
    expect(snapshot({ viewer: ['orders:read'] }).grantsToAnyone('orders:read')).toBe(true);
    expect(snapshot({ viewer: ['orders:*'] }).grantsToAnyone('orders:read')).toBe(true);
    expect(snapshot({ viewer: ['orders:read'] }).grantsToAnyone('orders:raed')).toBe(false);
    expect(snapshot({ viewer: { deny: ['orders:read'] } }).grantsToAnyone('orders:read')).toBe(false);
    expect([...shop.patterns()].sort()).toEqual(['*', 'invoices:read', 'orders:create', 'orders:read']);
  });

  describe('revision', () => {
    const roles = { a: ['x', 'y'], b: { permissions: ['z'], inherits: ['a'] } };

    it('is the one that the document names', () => {
      expect(snapshot(roles, 'r1').revision).toBe('r1');
      expect(snapshot(roles, 'r1').permissionsFor(['a']).revision).toBe('r1');
    });

    it('is else the same for the same content, in any order of the roles and in either form', () => {
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

  it('takes names of Object.prototype for ordinary roles, that nobody has unless the document says so', () => {
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

    it('replaces a role as a whole, and for those that inherit it, too', () => {
      expect(granted('viewer', 'acme')).toEqual(['invoices:read']);
      expect(granted('clerk', 'acme')).toEqual(['orders:create', 'invoices:read']);
      expect(granted('clerk', 'bolt')).toEqual([]);
      expect(fleet.permissionsFor(['boss'], 'bolt').covers('orders:delete')).toBe(false);
      expect(fleet.permissionsFor(['boss'], 'acme').covers('orders:delete')).toBe(true);
    });

    it.each([[undefined], ['idle'], ['nobody'], ['__proto__'], ['constructor'], ['Acme'], ['acme '], ['']])(
      'gives the tenant %j what is for all',
      (tenant) => {
        expect(granted('viewer', tenant)).toEqual(['orders:read']);
        expect(granted('clerk', tenant)).toEqual(['orders:create', 'orders:read']);
      },
    );

    it('keeps what it resolved for each tenant apart', () => {
      for (let round = 0; round < 3; round++) {
        expect(granted('viewer', 'acme')).toEqual(['invoices:read']);
        expect(granted('viewer')).toEqual(['orders:read']);
        expect(granted('viewer', 'bolt')).toEqual(['orders:read']);
      }
    });

    it('says what it holds', () => {
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

  it('mixes up no two role sets, however their numbers are written', () => {
    const names = Array.from({ length: 70_000 }, (_, index) => `r${index}`);
    const many = snapshotOf({
      roles: Object.fromEntries(names.map((name) => [name, [`p:${name}`]])),
      tenants: { t: { roles: { r0: ['own:r0'] } } },
    });
    const granted = (roles: string[], tenant?: string) => [...many.permissionsFor(roles, tenant).granted];
    for (const [a, b] of [
      ['r1', 'r65536'],
      ['r0', 'r116'], // the sign that begins the key of a tenant
      ['r65537', 'r1'],
      ['r55296', 'r56320'], // halves of a sign of its own
    ] as const) {
      expect(granted([a, b])).toEqual([`p:${a}`, `p:${b}`]);
      expect(granted([b])).toEqual([`p:${b}`]);
      expect(granted([a, b], 't')).toEqual([a === 'r0' ? 'own:r0' : `p:${a}`, `p:${b}`]);
      expect(granted([b, a])).toEqual([`p:${b}`, `p:${a}`]);
    }
  });

  it('cannot be changed through what it hands out', () => {
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

  it('gives back what was compiled, to the last word', () => {
    // As text: a comparison of values would not see a member named __proto__.
    expect(JSON.stringify(toDocument(snapshotOf(document)))).toBe(JSON.stringify(document));
  });

  it('compiles to the same again, from either form', () => {
    for (const original of [document, { roles: { a: ['x'], b: { inherits: ['a'] } } }]) {
      const first = snapshotOf(original);
      const second = snapshotOf(toDocument(first));
      expect(second.digest).toBe(first.digest);
      expect(second.compiled).toEqual(first.compiled);
      expect(toDocument(second)).toEqual(toDocument(first));
    }
  });

  it('leaves out what was not said', () => {
    expect(toDocument(snapshotOf({ revision: 'r1', roles: {} }))).toStrictEqual({ revision: 'r1', roles: {} });
  });
});
