import fc from 'fast-check';
import { MappingError, parseMapping, type MappingFault } from '../../../../lib/mapping/index.js';
import { refusalOf } from '../refusal-of.js';

const faultsOf = (document: unknown): readonly MappingFault[] => refusalOf(() => parseMapping(document, 'mapping.yaml'));
const rolesFaults = (roles: unknown) => faultsOf({ roles });
/** Converts the path of plain names to a JSON pointer. */
const pointerOf = (place: string) =>
  place === 'the document' ? '' : `/${place.replaceAll(/[.[]/g, '/').replaceAll(/["\]]/g, '')}`;
const only = (place: string, message: unknown) => [{ place, pointer: pointerOf(place), message }];

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
    expect(parseMapping(document, 'test')).toEqual({
      revision: 'r1',
      tenants: new Map(),
      resources: new Map(),
      stepUps: new Map(),
      roles: new Map([
        ['viewer', { permissions: ['orders:read'], deny: [], inherits: [] }],
        ['clerk', { permissions: ['orders:create'], deny: ['orders:purge'], inherits: ['viewer'], description: 'serves' }],
        ['nothing', { permissions: [], deny: [], inherits: [] }],
      ]),
    });
    expect(parseMapping({ roles: {} }, 'test')).toStrictEqual({
      revision: undefined,
      issuer: undefined,
      audience: undefined,
      sequence: undefined,
      issuedAt: undefined,
      notAfter: undefined,
      roles: new Map(),
      permissions: undefined,
      tenants: new Map(),
      resources: new Map(),
      stepUps: new Map(),
    });
  });

  it.each([[null], [undefined], ['roles'], [7], [[]], [[{ roles: {} }]], [true]])('refuses the document %j', (document) => {
    expect(faultsOf(document)).toEqual(only('the document', expect.stringMatching(/^must be an object with "roles", got /)));
  });

  it.each([[undefined], [null], [[]], ['viewer'], [7]])('refuses the roles %j', (roles) => {
    expect(rolesFaults(roles)).toEqual(only('roles', expect.stringMatching(/^must be an object of role names, got /)));
  });

  it.each([[''], [7], [null], [{}], ['x'.repeat(201)], ['r1\nERROR x']])('refuses the revision %j', (revision) => {
    expect(faultsOf({ revision, roles: {} })).toEqual(only('revision', expect.stringMatching(/^must be a string of 1 to 200/)));
  });

  it.each([[7], ['orders:read'], [null], [true]])('refuses the role %j', (viewer) => {
    expect(rolesFaults({ viewer })).toEqual(
      only('roles.viewer', expect.stringMatching(/^must be a list of permissions or an object with/)),
    );
  });

  it.each(['permissions', 'deny', 'inherits'])('refuses a role whose %s is not a list', (member) => {
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

  it('refuses a parent that is not a name, and a description that is not a string', () => {
    expect(rolesFaults({ viewer: { inherits: [7] } })).toEqual(
      only('roles.viewer.inherits[0]', 'must be the name of a role, got 7.'),
    );
    expect(rolesFaults({ viewer: { description: 7 } })).toEqual(only('roles.viewer.description', 'must be a string, got 7.'));
  });

  it('refuses unknown members and suggests a similar one', () => {
    expect(faultsOf({ role: {}, roles: { viewer: { permission: [], deny: [] } } })).toEqual([
      {
        place: 'role',
        pointer: '/role',
        message:
          'is not an allowed member ($schema, revision, issuer, audience, sequence, issuedAt, notAfter, roles, permissions, ' +
          'requires, resources, tenants). Did you mean "roles"?',
      },
      {
        place: 'roles.viewer.permission',
        pointer: '/roles/viewer/permission',
        message: 'is not an allowed member (permissions, deny, inherits, description). Did you mean "permissions"?',
      },
    ]);
  });

  it('refuses an unknown parent and suggests a similar one', () => {
    expect(rolesFaults({ viewer: [], clerk: { inherits: ['viewr', 'auditor'] } })).toEqual([
      ...only('roles.clerk.inherits[0]', 'no role is named "viewr". Did you mean "viewer"?'),
      ...only('roles.clerk.inherits[1]', 'no role is named "auditor".'),
    ]);
  });

  it.each([0, 257])('refuses a role and a tenant with a name of %i characters, which no token can carry', (length) => {
    const name = 'x'.repeat(length);
    const message = (kind: string) =>
      length === 0 ? `a ${kind} needs a name.` : `no token carries a ${kind} with a name of 257 characters: write 256 at most.`;
    expect(rolesFaults({ [name]: [] })).toMatchObject([{ message: message('role') }]);
    expect(faultsOf({ roles: {}, tenants: { [name]: { roles: {} } } })).toMatchObject([{ message: message('tenant') }]);
    expect(faultsOf({ roles: {}, tenants: { acme: { roles: { [name]: [] } } } })).toMatchObject([{ message: message('role') }]);
  });

  it('refuses a role without a name, and quotes names that would be misread', () => {
    expect(rolesFaults({ '': [] })).toEqual(only('roles[""]', 'a role needs a name.'));
    expect(rolesFaults({ 'a.b c': { permissions: 7 } })[0]?.place).toBe('roles["a.b c"].permissions');
  });

  it('reports the position of each fault', () => {
    const place = (path: readonly (string | number)[]) => (path.length > 2 ? `line ${path.length}` : undefined);
    const parse = () => parseMapping({ roles: { a: ['x*'], b: 7 } }, 'mapping.yaml', { placeOf: place });
    expect(parse).toThrow(MappingError);
    expect(parse).toThrow(
      /^The mapping from mapping\.yaml cannot be used:\n {2}roles\.a\[0\] \(line 3\): must.*\n {2}roles\.b: must/,
    );
  });

  it('reports all faults together', () => {
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
      ['directly', { a: ['a'] }, 'a → a'],
      ['over another', { a: ['b'], b: ['a'] }, 'a → b → a'],
      ['over many', { a: ['b'], b: ['c'], c: ['d'], d: ['a'] }, 'a → b → c → d → a'],
      ['beyond a lead-in', { x: ['y'], y: ['a'], a: ['b'], b: ['a'] }, 'a → b → a'],
      ['beside a way out', { a: ['z', 'b'], b: ['z', 'a'], z: [] }, 'a → b → a'],
    ])('names the roles: %s', (_how, parents, way) => {
      const roles = Object.fromEntries(Object.entries(parents).map(([name, inherits]) => [name, { inherits }]));
      expect(rolesFaults(roles)).toEqual([
        expect.objectContaining({
          place: expect.stringMatching(/^roles\.\w\.inherits$/) as unknown,
          message: `inherits from itself: ${way}.`,
        }),
      ]);
    });

    it('reports each cycle, also cycles that share a role', () => {
      expect(rolesFaults({ a: { inherits: ['a'] }, b: { inherits: ['c'] }, c: { inherits: ['b'] } })).toHaveLength(2);
      expect(rolesFaults({ a: { inherits: ['b', 'c'] }, b: { inherits: ['a'] }, c: { inherits: ['c'] } })).toHaveLength(2);
    });

    it('accepts a diamond and a parent that is listed twice', () => {
      expect(
        rolesFaults({ a: { inherits: ['b', 'c', 'b'] }, b: { inherits: ['d'] }, c: { inherits: ['d', 'b'] }, d: [] }),
      ).toEqual([]);
    });

    it('finds a cycle if and only if there is one', () => {
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

    it('checks a chain of 10 000 roles, with or without a cycle', () => {
      const chain = (last: string[]) =>
        Object.fromEntries(
          Array.from({ length: 10_000 }, (_, index) => [`r${index}`, { inherits: index < 9999 ? [`r${index + 1}`] : last }]),
        );
      expect(rolesFaults(chain([]))).toEqual([]);
      expect(rolesFaults(chain(['r9998']))).toEqual(only('roles.r9998.inherits', 'inherits from itself: r9998 → r9999 → r9998.'));
    });
  });

  it('treats names of Object.prototype as ordinary roles', () => {
    const document: unknown = JSON.parse('{"roles": {"__proto__": ["a:b"], "constructor": {"inherits": ["__proto__"]}}}');
    expect([...parseMapping(document, 'test').roles.keys()]).toEqual(['__proto__', 'constructor']);
    expect(rolesFaults({ viewer: { inherits: ['constructor'] } })).toHaveLength(1);
    expect(faultsOf(JSON.parse('{"roles": {}, "__proto__": {"x": 1}}'))).toHaveLength(1);
  });

  it('parses any value or refuses it with positions', () => {
    const roles = fc.dictionary(fc.constantFrom('a', 'b', '__proto__', ''), fc.jsonValue());
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ roles: fc.oneof(roles, fc.anything()) })), (document) => {
        for (const { place, message } of faultsOf(document)) expect(place && message).toBeTruthy();
      }),
    );
  });

  describe('with metadata', () => {
    it('parses every member', () => {
      const said = { issuer: 'the authority', audience: 'orders', sequence: 0, issuedAt: '2026-01-02T03:04:05.678+01:00' };
      expect(parseMapping({ ...said, notAfter: '2026-12-31T23:59:59Z', roles: {} }, 'test')).toMatchObject({
        ...said,
        audience: ['orders'],
        notAfter: Date.UTC(2026, 11, 31, 23, 59, 59),
      });
      expect(parseMapping({ audience: ['orders', 'billing'], roles: {} }, 'test').audience).toEqual(['orders', 'billing']);
      expect(parseMapping({ audience: [], roles: {} }, 'test').audience).toEqual([]);
    });

    it.each<[string, unknown, RegExp]>([
      ['issuer', 7, /^must be a string, got 7\.$/],
      ['issuer', null, /^must be a string, got null\.$/],
      ['audience', 7, /^must be a string or a list of strings, got 7\.$/],
      ['audience', ['orders', 7], /^must be a string or a list of strings, got \["orders",7\]\.$/],
      ['sequence', -1, /^must be a whole number of at least 0, got -1\.$/],
      ['sequence', 1.5, /^must be a whole number/],
      ['sequence', '7', /^must be a whole number/],
      ['sequence', 2 ** 53, /^must be a whole number/],
      ['sequence', null, /^must be a whole number/],
      ['sequence', Infinity, /^must be a whole number/],
      ...['issuedAt', 'notAfter'].flatMap((member) =>
        [7, '', 'tomorrow', '2026-12-31', '2026-12-31T23:59:59', '2026-13-01T00:00:00Z', '2026-12-31 23:59:59Z', Date.now()].map(
          (value): [string, unknown, RegExp] => [member, value, /^must be a date-time such as "2026-12-31T23:59:59Z", got /],
        ),
      ),
      ['$schema', 7, /^must be a string, got 7\.$/],
    ])('refuses %s %j', (member, value, message) => {
      expect(faultsOf({ [member]: value, roles: {} })).toEqual(only(member, expect.stringMatching(message)));
    });
  });

  describe('with a list of all permissions', () => {
    const permissions = { 'orders:read': 'see orders', 'orders:create': '' };

    it('accepts listed names, patterns and descriptions', () => {
      const parsed = parseMapping({ permissions, roles: { viewer: ['orders:read', 'orders:*', 'nothing:*'] } }, 'test');
      expect(parsed.permissions).toEqual(new Map(Object.entries(permissions)));
      expect(parsed.roles.get('viewer')?.permissions).toEqual(['orders:read', 'orders:*', 'nothing:*']);
    });

    it('refuses any other name, granted or denied, common or of a tenant, and suggests a similar one', () => {
      const faults = faultsOf({
        permissions,
        roles: { viewer: ['orders:reed'], clerk: { permissions: ['orders:read', 'x'], deny: ['orders:craete'] } },
        tenants: { acme: { roles: { viewer: ['order:read'] } } },
      });
      expect(faults.map(({ pointer, message }) => [pointer, message])).toEqual([
        ['/roles/viewer/0', '"orders:reed" is not in "permissions". Did you mean "orders:read"?'],
        ['/roles/clerk/permissions/1', '"x" is not in "permissions".'],
        ['/roles/clerk/deny/0', '"orders:craete" is not in "permissions". Did you mean "orders:create"?'],
        ['/tenants/acme/roles/viewer/0', '"order:read" is not in "permissions". Did you mean "orders:read"?'],
      ]);
    });

    it('accepts no name of Object.prototype unless the list has it', () => {
      expect(faultsOf({ permissions: {}, roles: { viewer: ['constructor', '__proto__', 'toString'] } })).toHaveLength(3);
      const own: unknown = JSON.parse('{"permissions": {"__proto__": ""}, "roles": {"viewer": ["__proto__"]}}');
      expect(faultsOf(own)).toEqual([]);
    });

    it.each([[null], [[]], ['orders:read'], [7]])('refuses the list %j', (value) => {
      expect(faultsOf({ permissions: value, roles: {} })).toEqual(
        only('permissions', expect.stringMatching(/^must be an object of permissions with their descriptions, got /)),
      );
    });

    it('refuses invalid permissions and descriptions', () => {
      const place = (name: string) => `permissions["${name}"]`;
      expect(faultsOf({ permissions: { 'orders:*': '', '': '', 'a b': '', 'orders:read': 7 }, roles: {} })).toEqual([
        {
          place: place('orders:*'),
          pointer: '/permissions/orders:*',
          message: expect.stringContaining('must be a permission') as unknown,
        },
        { place: place(''), pointer: '/permissions/', message: expect.stringContaining('must be a permission') as unknown },
        { place: place('a b'), pointer: '/permissions/a b', message: expect.stringContaining('must be a permission') as unknown },
        { place: place('orders:read'), pointer: '/permissions/orders:read', message: 'must be a string, got 7.' },
      ]);
    });
  });

  describe('with tenants', () => {
    it('reads their roles', () => {
      const { tenants } = parseMapping(
        { roles: {}, tenants: { acme: { roles: { viewer: ['a'] } }, idle: { roles: {} } } },
        'test',
      );
      expect([...tenants].map(([name, roles]) => [name, [...roles.keys()]])).toEqual([
        ['acme', ['viewer']],
        ['idle', []],
      ]);
    });

    it.each<[unknown, string, RegExp]>([
      [null, 'tenants', /^must be an object of tenants with "roles", got null\.$/],
      [[], 'tenants', /^must be an object of tenants/],
      [{ acme: null }, 'tenants.acme', /^must be an object with "roles", got null\.$/],
      [{ acme: [] }, 'tenants.acme', /^must be an object with "roles"/],
      [{ acme: {} }, 'tenants.acme.roles', /^must be an object of role names, got nothing\.$/],
      [{ acme: { roles: { viewer: 7 } } }, 'tenants.acme.roles.viewer', /^must be a list of permissions or an object/],
      [{ acme: { roles: {}, role: {} } }, 'tenants.acme.role', /^is not an allowed member \(roles\)\. Did you mean "roles"\?$/],
    ])('refuses %j', (tenants, place, message) => {
      expect(faultsOf({ roles: {}, tenants })).toEqual(only(place, expect.stringMatching(message)));
    });
  });

  it('escapes separators in the names of members', () => {
    const roles = { 'a/b~c': { 'x/y': 1 }, '~1': ['a b'], 'ünïcödé "q"': 7 };
    expect(rolesFaults(roles).map(({ pointer }) => pointer)).toEqual([
      '/roles/a~1b~0c/x~1y',
      '/roles/~01/0',
      '/roles/ünïcödé "q"',
    ]);
    const follow = (pointer: string): unknown =>
      pointer
        .split('/')
        .slice(1)
        .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
        .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], { roles });
    expect(rolesFaults(roles).map(({ pointer }) => follow(pointer))).toEqual([1, 'a b', 7]);
  });

  it('lists 100 faults and counts the others', () => {
    let error: unknown;
    try {
      parseMapping({ roles: { viewer: Array.from({ length: 5000 }, () => 'x*') } }, 'test');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(MappingError);
    const { faults, untold, message } = error as MappingError;
    expect([faults.length, untold, message.split('\n').length]).toEqual([100, 4900, 102]);
    expect(message).toMatch(/\n {2}… and 4900 more\.$/);
    expect(Object.keys(error as object)).not.toContain('faults');
  });

  it('escapes and shortens names, so that they cannot forge or fill a log line', () => {
    const name = `evil\n[Nest] all is well \u202e${'x'.repeat(10_000)}`;
    const long = 'y'.repeat(10_000);
    const faults = rolesFaults({
      [name]: { inherits: [name, `${name}1`], permissions: [name], [name]: 1 },
      [long]: { inherits: [long], permissions: 7 },
    });
    expect(faults.length).toBeGreaterThanOrEqual(6);
    for (const { place, message } of faults) {
      expect(place + message).not.toMatch(/[\n\u202e]/);
      expect(place.length + message.length).toBeLessThan(600);
    }
  });
});
