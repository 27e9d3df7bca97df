import { parseMapping, readDocument, MappingError, type MappingFault } from '../../../../lib/mapping/index.js';

async function parsed(content: string | object) {
  const read = await readDocument(typeof content === 'string' ? { text: content } : { document: content }, 'mapping.yaml');
  return parseMapping(read.document, 'mapping.yaml', read);
}

async function faultsOf(content: string | object): Promise<readonly MappingFault[]> {
  const error = await parsed(content).catch((thrown: unknown) => thrown);
  if (error instanceof MappingError) return error.faults;
  throw new Error('no fault');
}

const OWN = 'resource.ownerId == principal.subject';

describe('a grant or denial under a condition', () => {
  it('is parsed in the order of the document, for all and for tenants', async () => {
    const { roles, tenants } = await parsed({
      roles: { clerk: ['orders:read', { permission: 'orders:update', when: OWN }, 'orders:create'] },
      tenants: { acme: { roles: { clerk: { deny: [{ permission: 'orders:*', when: 'resource.isLocked' }] } } } },
    });
    expect(roles.get('clerk')?.permissions).toMatchObject([
      'orders:read',
      { permission: 'orders:update', when: OWN },
      'orders:create',
    ]);
    expect(tenants.get('acme')?.get('clerk')?.deny).toMatchObject([
      { permission: 'orders:*', when: 'resource.isLocked', condition: { kind: 'boolean' } },
    ]);
  });

  it('is parsed once for each permission and condition', async () => {
    const entry = { permission: 'orders:update', when: OWN };
    const { roles } = await parsed({ roles: { a: [entry, { ...entry }], b: [{ ...entry, permission: 'orders:delete' }] } });
    const [first, second] = roles.get('a')?.permissions ?? [];
    const [other] = roles.get('b')?.permissions ?? [];
    expect(first).toBe(second);
    expect(first).toMatchObject({ condition: expect.anything() as unknown });
    expect((first as { condition: unknown }).condition).toBe((other as { condition: unknown }).condition);
  });

  it.each<[unknown, MappingFault]>([
    [
      { permission: 'orders:update' },
      {
        place: 'roles.clerk[0].when',
        pointer: '/roles/clerk/0/when',
        message:
          'must be a condition such as "resource.ownerId == principal.subject", got nothing. Without a condition write only the permission.',
      },
    ],
    [
      { permission: 'ord*', when: 'true' },
      {
        place: 'roles.clerk[0].permission',
        pointer: '/roles/clerk/0/permission',
        message: 'must be a permission such as "orders:read" or a pattern such as "orders:*", got "ord*".',
      },
    ],
    [
      { permission: 'orders:update', when: 'true', effect: 'deny' },
      {
        place: 'roles.clerk[0].effect',
        pointer: '/roles/clerk/0/effect',
        message: 'is not an allowed member (permission, when).',
      },
    ],
    [
      { permission: 'orders:update', when: 'resource.a == null' },
      {
        place: 'roles.clerk[0].when, character 15 of the condition',
        pointer: '/roles/clerk/0/when',
        message: 'null is not in the language: write has(resource.x) or !has(resource.x). A null is a missing attribute.',
      },
    ],
  ])('is refused with one fault for %j', async (entry, fault) => {
    expect(await faultsOf({ roles: { clerk: [entry] } })).toEqual([fault]);
  });

  it('is checked against the catalogue', async () => {
    const faults = await faultsOf({
      permissions: { 'orders:update': '' },
      roles: { clerk: [{ permission: 'orders:updat', when: 'true' }] },
    });
    expect(faults.map(({ message }) => message)).toEqual([
      '"orders:updat" is not in "permissions". Did you mean "orders:update"?',
    ]);
  });

  it('is checked against the declared attributes of its resource', async () => {
    const resources = { orders: { ownerId: 'string' }, bills: { ownerId: 'string', paid: 'boolean' } };
    const messages = async (permission: string, when: string) =>
      (await faultsOf({ resources, roles: { clerk: [{ permission, when }] } })).map(({ message }) => message);
    expect(await messages('orders:read', 'resource.paid')).toEqual(['"orders" has no attribute "paid". It has ownerId.']);
    expect(await messages('orders:*', 'resource.ownerID == "x"')).toEqual([
      '"orders" has no attribute "ownerID". Did you mean "ownerId"?',
    ]);
    for (const pattern of ['*', '*:read'])
      expect(await messages(pattern, 'resource.paid')).toEqual(['"orders" has no attribute "paid". It has ownerId.']);
    const accepted = [
      { permission: '*:read', when: 'resource.ownerId == "x"' },
      { permission: 'bills:read', when: 'resource.paid' },
      { permission: 'undeclared:read', when: 'resource.anything > 5' },
    ];
    expect((await parsed({ resources, roles: { clerk: accepted } })).roles.get('clerk')?.permissions).toMatchObject(accepted);
  });

  it.each([
    ['plain', `roles:\n  clerk:\n    - permission: orders:read\n      when: resource.a == null\n`, 'line 4, column 27'],
    ['double quoted', `roles:\n  clerk:\n    - { permission: orders:read, when: "resource.a == null" }\n`, 'line 3, column 55'],
    ['single quoted', `roles:\n  clerk:\n    - { permission: orders:read, when: 'resource.a == null' }\n`, 'line 3, column 55'],
    [
      'a literal block',
      `roles:\n  clerk:\n    - permission: orders:read\n      when: |\n        true ||\n          resource.a == null\n`,
      'line 6, column 25',
    ],
    [
      'a literal block with an indentation of its own',
      `roles:\n  clerk:\n    - permission: orders:read\n      when: |2-\n          true ||\n          resource.a == null\n`,
      'line 6, column 25',
    ],
    ['JSON', `{"roles": {"clerk": [{"permission": "orders:read", "when": "resource.a == null"}]}}`, 'line 1, column 75'],
  ])('has the line and column of its fault in the document: %s', async (_style, text, place) => {
    const [fault] = await faultsOf(text);
    expect(fault).toMatchObject({
      place: `roles.clerk[0].when (${place})`,
      message: expect.stringMatching(/^null is not in the language/) as string,
    });
  });

  it.each([
    [
      'a folded block',
      `roles:\n  clerk:\n    - permission: orders:read\n      when: >\n        true ||\n        resource.a == null\n`,
      23,
    ],
    [
      'a plain text of two lines',
      `roles:\n  clerk:\n    - permission: orders:read\n      when: true ||\n        resource.a == null\n`,
      23,
    ],
    ['escapes', `roles:\n  clerk:\n    - permission: orders:read\n      when: "\\"a\\" == null"\n`, 8],
  ])('has the character of its fault if the document writes it in another form: %s', async (_style, text, character) => {
    const [fault] = await faultsOf(text);
    expect(fault?.place).toBe(`roles.clerk[0].when (line 4, column 7), character ${character} of the condition`);
  });

  it('has no effect on a document that only looks like one', async () => {
    const document = { roles: { clerk: ['orders:read'] }, when: { permission: 'a', when: 'b' } };
    expect((await readDocument({ document }, 'test')).parseCondition).toBeUndefined();
    const inherited = Object.assign(Object.create({ when: 'true' }) as object, { permission: 'orders:read' });
    expect((await readDocument({ document: { roles: { clerk: [inherited] } } }, 'test')).parseCondition).toBeUndefined();
    for (const roles of [null, [], { a: null }, { a: [null, 7, []] }, { a: { permissions: {}, deny: null } }])
      expect((await readDocument({ document: { roles, tenants: { acme: { roles } } } }, 'test')).parseCondition).toBeUndefined();
  });
});

describe('the declared resources of a document', () => {
  it.each<[object, string, string]>([
    [{ 'orders:items': {} }, 'resources["orders:items"]', 'must be the first segment of permissions'],
    [{ '*': {} }, 'resources["*"]', 'must be the first segment of permissions'],
    [{ orders: 'string' }, 'resources.orders', 'must be an object of attributes with their types, got "string".'],
    [
      { orders: { ownerId: 'strng' } },
      'resources.orders.ownerId',
      'must be a type (string, number, boolean, timestamp, string[], number[], boolean[], timestamp[]) or an object of attributes, got "strng". Did you mean "string"?',
    ],
    [{ orders: { owners: [{ id: 'string' }] } }, 'resources.orders.owners', 'must be a type'],
    [{ orders: { constructor: 'string' } }, 'resources.orders.constructor', 'no condition can read an attribute of this name.'],
    [
      { orders: { owner: JSON.parse('{"__proto__": "string"}') as object } },
      'resources.orders.owner.__proto__',
      'no condition can read an attribute of this name.',
    ],
  ])('are refused: %j', async (resources, place, message) => {
    expect(await faultsOf({ resources, roles: {} })).toMatchObject([
      { place, message: expect.stringContaining(message) as string },
    ]);
  });

  it('are refused if they are nested too deeply', async () => {
    let types: object = { id: 'string' };
    for (let depth = 0; depth < 10_000; depth++) types = { inner: types };
    expect(await faultsOf({ resources: { orders: types }, roles: {} })).toMatchObject([
      { message: 'is nested more than 16 deep.' },
    ]);
  });
});

describe('the step-up authentication of a permission', () => {
  it('is in "permissions", or in "requires" without a list of all permissions; of both, a caller must meet both', async () => {
    const { permissions, stepUps } = await parsed({
      permissions: { 'a:b': { description: 'b', requires: { acr: ['x', 'y'], maxAgeSeconds: 300 } }, 'a:c': {}, 'a:d': 'd' },
      requires: { 'a:b': { acr: 'y', maxAgeSeconds: 60 }, 'a:d': { maxAgeSeconds: 0 } },
      roles: {},
    });
    expect(permissions).toEqual(new Map([['a:b', 'b'], ['a:c', ''], ['a:d', 'd']])); // prettier-ignore
    expect(stepUps).toEqual(
      new Map([
        ['a:b', { among: 'authentication', acr: ['y'], maxAgeSeconds: 60 }],
        ['a:d', { among: 'authentication', acr: [], maxAgeSeconds: 0 }],
      ]),
    );
    const unlisted = await parsed({ requires: { 'a:b': { acr: 'y' } }, roles: { clerk: ['other:permission'] } });
    expect(unlisted.permissions).toBeUndefined();
    expect([...unlisted.stepUps.keys()]).toEqual(['a:b']);
  });

  it.each<[object, string, string]>([
    [{ requires: { 'a:b': {} } }, 'requires["a:b"]', 'must have maxAgeSeconds, acr or both: without them it requires nothing.'],
    [
      { requires: { 'a:b': { acr: [] } } },
      'requires["a:b"].acr',
      'must be a string or a list of strings without spaces and quotes',
    ],
    [
      { requires: { 'a:b': { maxAgeSeconds: '5' } } },
      'requires["a:b"].maxAgeSeconds',
      'must be a whole number of seconds of at least 0',
    ],
    [{ requires: { 'a:b': { maxAge: 5 } } }, 'requires["a:b"].maxAge', 'is not an allowed member (maxAgeSeconds, acr).'],
    [{ requires: { 'a:*': { acr: 'x' } } }, 'requires["a:*"]', 'must be a permission such as "orders:read"'],
    [
      { permissions: { 'a:bc': '' }, requires: { 'a:bd': { acr: 'x' } } },
      'requires["a:bd"]',
      '"a:bd" is not in "permissions". Did you mean "a:bc"?',
    ],
    [
      { permissions: { 'a:b': { requires: null } } },
      'permissions["a:b"].requires',
      'must be an object with maxAgeSeconds, acr or both',
    ],
    [
      { permissions: { 'a:b': { requires: { acr: 'x' } } }, requires: { 'a:b': { acr: 'y' } } },
      'requires["a:b"]',
      'no "acr" is accepted both here and in "permissions", so no caller can meet both.',
    ],
  ])('is refused: %j', async (document, place, message) => {
    const faults = await faultsOf({ ...document, roles: {} });
    expect(faults).toContainEqual(expect.objectContaining({ place, message: expect.stringContaining(message) as string }));
  });
});
