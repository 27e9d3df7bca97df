import fc from 'fast-check';
import { MappingError, MappingSnapshot, parseMapping, type MappingFault } from '../../../lib/mapping/index.js';

const snapshot = (roles: unknown, revision?: string) =>
  new MappingSnapshot(parseMapping({ document: { roles, ...(revision !== undefined && { revision }) } }, 'test'));

function faultsOf(document: unknown): readonly MappingFault[] {
  try {
    parseMapping({ document }, 'mapping.yaml');
  } catch (error) {
    if (error instanceof MappingError) return error.faults;
    throw error;
  }
  return [];
}
const rolesFaults = (roles: unknown) => faultsOf({ roles });
const only = (place: string, message: unknown) => [{ place, message }];

describe('parseMapping', () => {
  it('reads lists, objects, descriptions, a revision and a schema reference', () => {
    const document = {
      $schema: 'https://example.com/schema.json',
      revision: 'r1',
      roles: {
        viewer: ['orders:read'],
        clerk: { description: 'serves', inherits: ['viewer'], permissions: ['orders:create'], deny: ['orders:purge'] },
        nothing: {},
      },
    };
    expect(parseMapping({ document }, 'test')).toEqual({
      revision: 'r1',
      roles: new Map([
        ['viewer', { permissions: ['orders:read'], deny: [], inherits: [] }],
        ['clerk', { permissions: ['orders:create'], deny: ['orders:purge'], inherits: ['viewer'] }],
        ['nothing', { permissions: [], deny: [], inherits: [] }],
      ]),
    });
    expect(parseMapping({ document: { roles: {} } }, 'test')).toEqual({ revision: undefined, roles: new Map() });
  });

  it.each([[null], [undefined], ['roles'], [7], [[]], [[{ roles: {} }]], [true]])('refuses the document %j', (document) => {
    expect(faultsOf(document)).toEqual(only('the document', expect.stringMatching(/^must be an object with "roles", got /)));
  });

  it.each([[undefined], [null], [[]], ['viewer'], [7]])('refuses the roles %j', (roles) => {
    expect(rolesFaults(roles)).toEqual(only('roles', expect.stringMatching(/^must be an object of role names, got /)));
  });

  it.each([[''], [7], [null], [{}], ['x'.repeat(201)]])('refuses the revision %j', (revision) => {
    expect(faultsOf({ revision, roles: {} })).toEqual(only('revision', expect.stringMatching(/^must be a text of 1 to 200/)));
  });

  it.each([[7], ['orders:read'], [null], [true]])('refuses the role %j', (viewer) => {
    expect(rolesFaults({ viewer })).toEqual(
      only('roles.viewer', expect.stringMatching(/^must be a list of permissions or an object with/)),
    );
  });

  it.each(['permissions', 'deny', 'inherits'])('refuses a role whose %s is no list', (member) => {
    for (const value of ['orders:read', 7, {}, true])
      expect(rolesFaults({ viewer: { [member]: value } })).toEqual(
        only(`roles.viewer.${member}`, expect.stringMatching(/^must be a list, got /)),
      );
  });

  it.each(['ord*', '*ers', 'a::b', '', ':', 'a b', 'a:', '**', 7, null, ['a'], {}, 'x'.repeat(257)])(
    'refuses the pattern %j',
    (pattern) => {
      const message: unknown = expect.stringMatching(
        /^must be a permission such as "orders:read" or a pattern such as "orders:\*", got /,
      );
      expect(rolesFaults({ viewer: ['ok', pattern] })).toEqual(only('roles.viewer[1]', message));
      expect(rolesFaults({ viewer: { permissions: [pattern] } })).toEqual(only('roles.viewer.permissions[0]', message));
      expect(rolesFaults({ viewer: { deny: ['a:b', 'c', pattern] } })).toEqual(only('roles.viewer.deny[2]', message));
    },
  );

  it('refuses a parent that is no name, and a description that is no text', () => {
    expect(rolesFaults({ viewer: { inherits: [7] } })).toEqual(
      only('roles.viewer.inherits[0]', 'must be the name of a role, got 7.'),
    );
    expect(rolesFaults({ viewer: { description: 7 } })).toEqual(only('roles.viewer.description', 'must be a text, got 7.'));
  });

  it('refuses unknown members and says which was meant', () => {
    expect(faultsOf({ role: {}, roles: { viewer: { permission: [], deny: [] } } })).toEqual([
      { place: 'role', message: 'is not a member known here ($schema, revision, roles). Did you mean "roles"?' },
      {
        place: 'roles.viewer.permission',
        message: 'is not a member known here (permissions, deny, inherits, description). Did you mean "permissions"?',
      },
    ]);
  });

  it('refuses an unknown parent and says which was meant', () => {
    expect(rolesFaults({ viewer: [], clerk: { inherits: ['viewr', 'auditor'] } })).toEqual([
      { place: 'roles.clerk.inherits[0]', message: 'no role is named "viewr". Did you mean "viewer"?' },
      { place: 'roles.clerk.inherits[1]', message: 'no role is named "auditor".' },
    ]);
  });

  it('refuses a role without a name, and quotes names that would be misread', () => {
    expect(rolesFaults({ '': [] })).toEqual(only('roles[""]', 'a role needs a name.'));
    expect(rolesFaults({ 'a.b c': { permissions: 7 } })[0]?.place).toBe('roles["a.b c"].permissions');
  });

  it('says where in its source each fault stands', () => {
    const place = (path: readonly (string | number)[]) => (path.length > 2 ? `line ${path.length}` : undefined);
    const parse = () => parseMapping({ document: { roles: { a: ['x*'], b: 7 } }, place }, 'mapping.yaml');
    expect(parse).toThrow(MappingError);
    expect(parse).toThrow(
      /^The mapping from mapping\.yaml cannot be used:\n {2}roles\.a\[0\] \(line 3\): must.*\n {2}roles\.b: must/,
    );
  });

  it('reports every fault at once', () => {
    const faults = faultsOf({
      revision: 7,
      extra: 1,
      roles: { a: ['x*', 'y y'], b: { inherits: ['nobody'], deny: 'x' }, c: { inherits: ['c'] }, d: null },
    });
    expect(faults.map(({ place }) => place).sort()).toEqual(
      [
        'extra',
        'revision',
        'roles.a[0]',
        'roles.a[1]',
        'roles.b.deny',
        'roles.b.inherits[0]',
        'roles.c.inherits',
        'roles.d',
      ].sort(),
    );
  });

  describe('with roles that inherit from themselves', () => {
    it.each<[string, Record<string, string[]>, string]>([
      ['at once', { a: ['a'] }, 'a → a'],
      ['over another', { a: ['b'], b: ['a'] }, 'a → b → a'],
      ['over many', { a: ['b'], b: ['c'], c: ['d'], d: ['a'] }, 'a → b → c → d → a'],
      ['beyond a lead-in', { x: ['y'], y: ['a'], a: ['b'], b: ['a'] }, 'a → b → a'],
      ['beside a way out', { a: ['z', 'b'], b: ['z', 'a'], z: [] }, 'a → b → a'],
    ])('names the roles: %s', (_how, parents, way) => {
      const roles = Object.fromEntries(Object.entries(parents).map(([name, inherits]) => [name, { inherits }]));
      expect(rolesFaults(roles)).toEqual(
        only(expect.stringMatching(/^roles\.\w\.inherits$/) as unknown as string, `inherits from itself: ${way}.`),
      );
    });

    it('reports each such circle, also those that touch', () => {
      expect(rolesFaults({ a: { inherits: ['a'] }, b: { inherits: ['c'] }, c: { inherits: ['b'] } })).toHaveLength(2);
      expect(rolesFaults({ a: { inherits: ['b', 'c'] }, b: { inherits: ['a'] }, c: { inherits: ['c'] } })).toHaveLength(2);
    });

    it('takes a diamond and a parent named twice for what they are', () => {
      expect(
        rolesFaults({ a: { inherits: ['b', 'c', 'b'] }, b: { inherits: ['d'] }, c: { inherits: ['d', 'b'] }, d: [] }),
      ).toEqual([]);
    });

    it('finds a circle exactly where one can be walked', () => {
      const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
      const graph = fc.array(fc.tuple(name, name), { maxLength: 8 });
      fc.assert(
        fc.property(graph, (edges) => {
          const roles: Record<string, { inherits: string[] }> = {};
          for (const role of ['a', 'b', 'c', 'd', 'e'])
            roles[role] = { inherits: edges.filter(([of]) => of === role).map(([, to]) => to) };
          const reach = (from: string, seen = new Set<string>()): Set<string> => {
            for (const to of roles[from]!.inherits) if (!seen.has(to)) reach(to, seen.add(to));
            return seen;
          };
          const isCircular = Object.keys(roles).some((role) => reach(role).has(role));
          expect(rolesFaults(roles).length > 0).toBe(isCircular);
        }),
        { numRuns: 500 },
      );
    });

    it('walks a chain of 10 000 roles, closed or not', () => {
      const chain = (last: string[]) =>
        Object.fromEntries(
          Array.from({ length: 10_000 }, (_, index) => [`r${index}`, { inherits: index < 9999 ? [`r${index + 1}`] : last }]),
        );
      expect(rolesFaults(chain([]))).toEqual([]);
      expect(rolesFaults(chain(['r9998']))).toEqual(only('roles.r9998.inherits', 'inherits from itself: r9998 → r9999 → r9998.'));
    });
  });

  it('takes names of Object.prototype for ordinary roles, that nobody has unless the document says so', () => {
    const document: unknown = JSON.parse('{"roles": {"__proto__": ["a:b"], "constructor": {"inherits": ["__proto__"]}}}');
    const mapping = new MappingSnapshot(parseMapping({ document }, 'test'));
    expect(mapping.permissionsFor(['constructor']).granted).toEqual(['a:b']);
    expect(
      snapshot({ viewer: ['a'] }).permissionsFor(['__proto__', 'constructor', 'toString', 'hasOwnProperty']).granted,
    ).toEqual([]);
    expect(rolesFaults({ viewer: { inherits: ['constructor'] } })).toHaveLength(1);
    expect(faultsOf(JSON.parse('{"roles": {}, "__proto__": {"x": 1}}'))).toHaveLength(1);
  });

  it('reads anything at all or refuses it with places', () => {
    const roles = fc.dictionary(fc.constantFrom('a', 'b', '__proto__', ''), fc.jsonValue());
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ roles: fc.oneof(roles, fc.anything()) })), (document) => {
        for (const { place, message } of faultsOf(document)) expect(place && message).toBeTruthy();
      }),
    );
  });
});

describe('MappingSnapshot', () => {
  const shop = snapshot({
    viewer: ['orders:read'],
    clerk: { inherits: ['viewer'], permissions: ['orders:create'] },
    boss: { inherits: ['clerk', 'auditor'], permissions: ['*'] },
    auditor: { permissions: ['invoices:read'], deny: ['orders:delete'] },
    trainee: { deny: ['orders:create'] },
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
    const set = shop.permissionsFor(['viewer', 'trainee']);
    expect(shop.permissionsFor(['x', 'trainee', 'viewer', 'trainee', 'y', 'viewer'])).toMatchObject({
      granted: set.granted,
      denied: set.denied,
    });
    expect(shop.permissionsFor(['trainee', 'viewer'])).toBe(set);
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
});
