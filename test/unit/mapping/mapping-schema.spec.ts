import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { parseCondition } from '../../../lib/mapping/conditions/parse-condition.js';
import { MappingError, parseMapping, type MappingDocument } from '../../../lib/mapping/index.js';

const schema = JSON.parse(readFileSync(new URL('../../../lib/mapping/mapping.schema.json', import.meta.url), 'utf8')) as object;
const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
const validate = ajv.compile(schema);

function isParsed(document: unknown): boolean {
  try {
    parseMapping(document, 'test', { parseCondition });
    return true;
  } catch (error) {
    if (error instanceof MappingError) return false;
    throw error;
  }
}
/** Whether the schema and the parser accept a document. */
const verdicts = (document: unknown) => ({ schema: validate(document), parser: isParsed(document) });
const BOTH_TAKE = { schema: true, parser: true };
const BOTH_REFUSE = { schema: false, parser: false };

/** Values of one member of a document, valid or almost valid. */
const text = fc.oneof(
  fc.constantFrom('orders', '', 'x'.repeat(201), '2026-12-31T23:59:59Z', '2026-12-31', 'orders:*'),
  fc.string(),
);
const scalar = fc.oneof(text, fc.constantFrom(null, true, 0, -1, 1.5, 7, 2 ** 53), fc.constant([]), fc.constant({}));
const segment = fc.constantFrom(
  'orders',
  'read',
  '*',
  'ord*',
  '',
  ' ',
  'é',
  '😀',
  "'",
  '"',
  '\\',
  '\u0000',
  '\u007f',
  '\u00a0',
  '\ud800',
);
const pattern = fc.oneof(
  { weight: 1, arbitrary: fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(':')) },
  { weight: 15, arbitrary: fc.constantFrom('orders:read', '*', 'orders:*', 'x'.repeat(256)) },
  { weight: 1, arbitrary: scalar },
);
const often = <T>(right: fc.Arbitrary<T>) => fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: scalar });
const conditional = fc.record(
  {
    permission: pattern,
    // Only the parser checks conditions.
    when: fc.constantFrom('true', 'has(resource.a)', 'false || true', '', null, 7),
  },
  { requiredKeys: [] },
);
const complete = conditional.filter((entry) => 'permission' in entry && 'when' in entry);
const entry = fc.oneof(
  { weight: 30, arbitrary: pattern },
  { weight: 10, arbitrary: complete },
  { weight: 1, arbitrary: conditional },
);
const patterns = often(fc.array(entry, { maxLength: 3 }));
const stepUp = often(
  fc.record(
    {
      maxAgeSeconds: often(fc.nat()),
      acr: often(fc.oneof(fc.constant('mfa'), fc.array(often(fc.constant('mfa')), { maxLength: 2 }))),
    },
    { requiredKeys: [] },
  ),
);
const permissionName = fc.constantFrom('orders:read', 'orders:delete', '__proto__', 'a b', 'orders:*', '');
const attributeTypes = fc.letrec<{ readonly attributes: unknown }>((tie) => ({
  attributes: often(
    fc.dictionary(
      fc.constantFrom('ownerId', 'toString', 'constructor', ' '),
      often(fc.oneof(fc.constantFrom('string', 'number[]', 'timestamp'), tie('attributes'))),
      { maxKeys: 2 },
    ),
  ),
})).attributes;
const record = (members: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(members, { requiredKeys: 'roles' in members ? ['roles'] : [] });
// Only the parser checks parents: a schema cannot require that a named role exists.
const role = often(
  fc.oneof(patterns, record({ permissions: patterns, deny: patterns, inherits: often(fc.constant([])), description: text })),
);
const named = <T>(value: fc.Arbitrary<T>) =>
  fc
    .array(fc.tuple(fc.constantFrom('viewer', '__proto__', 'constructor', 'ä', 'a b', 'x'.repeat(300)), value), { maxLength: 3 })
    .map((all) => Object.fromEntries(all));
const roles = often(named(role));
const document = often(
  fc.oneof(
    record({
      roles,
      tenants: often(named(often(record({ roles })))),
      revision: often(fc.constant('r1')),
      sequence: often(fc.nat()),
    }),
    record({
      roles,
      issuer: often(text),
      audience: often(fc.array(often(text), { maxLength: 2 })),
      issuedAt: often(fc.constant('2026-01-02T03:04:05Z')),
      notAfter: often(fc.constant('2026-12-31T23:59:59+01:00')),
    }),
    record({ roles, $schema: often(text), rules: roles }),
    fc.record({ roles: fc.constant({}), permissions: often(fc.dictionary(pattern.map(String), text)) }),
    fc.record({
      roles: fc.constant({}),
      permissions: often(
        fc.dictionary(permissionName, fc.record({ description: often(text), requires: stepUp }, { requiredKeys: [] }), {
          maxKeys: 2,
        }),
      ),
    }),
    fc.record({ roles: fc.constant({}), requires: often(fc.dictionary(permissionName, stepUp, { maxKeys: 2 })) }),
    fc.record({
      roles: fc.constant({}),
      resources: often(fc.dictionary(fc.constantFrom('orders', 'a:b', '*', '__proto__'), attributeTypes, { maxKeys: 2 })),
    }),
  ),
);

/** The longest name that is read from tokens. */
const LONGEST = 'x'.repeat(256);

describe('the JSON Schema of a mapping', () => {
  it('describes each member', () => {
    const { properties } = schema as { properties: Record<string, { description?: string }> };
    for (const { description } of Object.values(properties)) expect(description).toMatch(/^[A-Z].*\.$/);
  });

  it.each<[string, MappingDocument]>([
    ['the smallest', { roles: {} }],
    [
      'every member',
      {
        $schema: 'node_modules/nestjs-authz/dist/mapping/mapping.schema.json',
        revision: 'r1',
        issuer: 'the authority',
        audience: ['orders'],
        sequence: 0,
        issuedAt: '2026-01-02T03:04:05.678+01:00',
        notAfter: '2026-12-31T23:59:59Z',
        permissions: {
          'orders:read': 'see',
          'orders:items:read': '',
          'orders:pay': { description: 'pay', requires: { acr: ['mfa', 'hwk'], maxAgeSeconds: 0 } },
          'orders:list': {},
        },
        requires: { 'orders:pay': { acr: 'mfa' } },
        resources: { orders: { ownerId: 'string', tags: 'string[]', owner: { id: 'string' } }, items: {} },
        roles: {
          viewer: ['orders:read', { permission: 'orders:pay', when: 'resource.ownerId == principal.subject' }],
          clerk: {
            inherits: ['viewer'],
            permissions: ['*', { permission: 'orders:*', when: '"new" in resource.tags' }],
            deny: ['*:x:*', { permission: 'orders:read', when: 'has(resource.owner.id)' }],
            description: '',
          },
        },
        tenants: { acme: { roles: { viewer: [] } }, [LONGEST]: { roles: { [LONGEST]: [] } } },
      },
    ],
    ['an audience that is a string', { audience: 'orders', roles: {} }],
    [
      'members without a value, as YAML writes them',
      { roles: { viewer: { permissions: null, deny: null, inherits: null } } } as never,
    ],
    [
      'names of Object.prototype',
      JSON.parse('{"roles": {"__proto__": ["constructor"]}, "permissions": {"constructor": ""}}') as MappingDocument,
    ],
  ])('takes %s, as the parser does', (_what, taken) => {
    expect(verdicts(taken)).toEqual(BOTH_TAKE);
  });

  it.each<[unknown]>([
    [null],
    [[]],
    ['roles: {}'],
    [{}],
    [{ roles: [] }],
    [{ roles: null }],
    [{ roles: {}, role: {} }],
    [{ roles: {}, revision: '' }],
    [{ roles: {}, revision: 7 }],
    [{ roles: {}, audience: [7] }],
    [{ roles: {}, audience: null }],
    [{ roles: {}, sequence: 1.5 }],
    [{ roles: {}, sequence: -1 }],
    [{ roles: {}, sequence: 2 ** 53 }],
    [{ roles: {}, issuedAt: 'now' }],
    [{ roles: {}, notAfter: 1_800_000_000 }],
    [{ roles: {}, notAfter: '2026-12-31T23:59:59' }],
    [{ roles: { '': [] } }],
    [{ roles: { [`${LONGEST}x`]: [] } }],
    [{ roles: {}, tenants: { '': { roles: {} } } }],
    [{ roles: {}, tenants: { [`${LONGEST}x`]: { roles: {} } } }],
    [{ roles: { viewer: 'orders:read' } }],
    [{ roles: { viewer: ['ord*'] } }],
    [{ roles: { viewer: ['a b'] } }],
    [{ roles: { viewer: ['a::b'] } }],
    [{ roles: { viewer: ['\u00a0'] } }],
    [{ roles: { viewer: { permission: [] } } }],
    [{ roles: { viewer: { inherits: 'clerk' } } }],
    [{ roles: { viewer: { inherits: [7] } } }],
    [{ roles: { viewer: { description: null } } }],
    [{ roles: {}, permissions: { 'orders:*': '' } }],
    [{ roles: {}, permissions: { 'orders:read': null } }],
    [{ roles: {}, permissions: ['orders:read'] }],
    [{ roles: {}, tenants: { acme: {} } }],
    [{ roles: {}, tenants: { acme: { roles: {}, permissions: {} } } }],
    [{ roles: {}, tenants: [] }],
    [{ roles: { viewer: [{}] } }],
    [{ roles: { viewer: [{ permission: 'a:b' }] } }],
    [{ roles: { viewer: [{ when: 'true' }] } }],
    [{ roles: { viewer: [{ permission: 'a:b', when: '' }] } }],
    [{ roles: { viewer: [{ permission: 'a:b', when: null }] } }],
    [{ roles: { viewer: [{ permission: 'ord*', when: 'true' }] } }],
    [{ roles: { viewer: [{ permission: 'a:b', when: 'true', effect: 'deny' }] } }],
    [{ roles: { viewer: { deny: [{ permission: 'a:b', if: 'true' }] } } }],
    [{ roles: {}, permissions: { 'a:b': { requires: {} } } }],
    [{ roles: {}, permissions: { 'a:b': { requires: { acr: [] } } } }],
    [{ roles: {}, permissions: { 'a:b': { requires: { acr: 'two words' } } } }],
    [{ roles: {}, permissions: { 'a:b': { requires: { maxAgeSeconds: -1 } } } }],
    [{ roles: {}, permissions: { 'a:b': { require: { acr: 'mfa' } } } }],
    [{ roles: {}, requires: { 'a:*': { acr: 'mfa' } } }],
    [{ roles: {}, requires: { 'a:b': null } }],
    [{ roles: {}, resources: { 'a:b': {} } }],
    [{ roles: {}, resources: { orders: 'string' } }],
    [{ roles: {}, resources: { orders: { ownerId: 'text' } } }],
    [{ roles: {}, resources: { orders: { ownerId: ['string'] } } }],
    [{ roles: {}, resources: { orders: { constructor: 'string' } } }],
    [{ roles: {}, resources: { orders: { owner: { prototype: 'string' } } } }],
  ])('refuses %j, as the parser does', (refused) => {
    expect(verdicts(refused)).toEqual(BOTH_REFUSE);
  });

  it('leaves to the parser the checks that depend on other members, and invalid dates in the right form', () => {
    for (const refused of [
      { roles: { a: { inherits: ['nobody'] } } },
      { roles: { a: { inherits: ['a'] } } },
      { permissions: {}, roles: { a: ['orders:read'] } },
      { notAfter: '2026-99-99T99:99:99Z', roles: {} },
      { roles: { a: [{ permission: 'orders:read', when: 'resource.ownerId ==' }] } },
      { permissions: {}, requires: { 'a:b': { acr: 'mfa' } }, roles: {} },
      { permissions: { 'a:b': { requires: { acr: 'x' } } }, requires: { 'a:b': { acr: 'y' } }, roles: {} },
    ])
      expect(verdicts(refused)).toEqual({ schema: true, parser: false });
  });

  it('agrees with the parser on all other documents', () => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(document, (value) => {
        const { schema: isValid, parser } = verdicts(value);
        seen[parser ? 'taken' : 'refused']++;
        return isValid === parser;
      }),
      { numRuns: 5000 },
    );
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(500);
  });
});
