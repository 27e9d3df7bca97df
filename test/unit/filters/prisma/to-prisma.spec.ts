import { toPrisma, type PrismaFilterOptions } from '../../../../lib/filters/prisma/index.js';
import { attribute, compare, filter, literal, OWN, refusal, search } from '../filters.js';

const COLUMNS = {
  ownerId: { column: 'ownerId', type: 'string' },
  'owner.id': { column: ['owner', 'id'], type: 'string' },
  amount: { column: 'amount', type: 'number' },
  count: { column: 'count', type: 'integer' },
  active: { column: 'active', type: 'boolean' },
  createdAt: { column: 'createdAt', type: 'timestamp' },
  status: { column: 'status', type: 'enum' },
  uid: { column: 'uid', type: 'uuid' },
} as const;
const where = (test: Parameters<typeof filter>[0], options: Partial<PrismaFilterOptions> = {}) =>
  toPrisma(filter(test), { provider: 'postgresql', columns: COLUMNS, ...options });
const has = (name: string, negated = false) => ({ kind: 'has', negated, attribute: attribute(name) }) as const;

describe('toPrisma()', () => {
  it('selects all rows, or none whatever is added', () => {
    expect(where(true)).toEqual({});
    expect(where(false)).toEqual({ id: { in: [] } });
    expect(where(false, { idField: 'number' })).toEqual({ number: { in: [] } });
  });

  it('writes a test of a field', () => {
    expect(where(OWN)).toEqual({ ownerId: { in: ['u1'] } });
    expect(where(compare('owner.id', '!=', 'u1'))).toEqual({ owner: { is: { id: { notIn: ['u1'] } } } });
    expect(where(compare('active', '==', true))).toEqual({ active: { equals: true } });
    expect(where({ kind: 'or', parts: [OWN, compare('active', '!=', true)] })).toEqual({
      OR: [{ ownerId: { in: ['u1'] } }, { active: { not: true } }],
    });
  });

  it('asks for a present value without null, which Prisma refuses for a required field', () => {
    expect(where(has('ownerId'))).toEqual({ ownerId: { gte: '' } });
    expect(where(has('active'))).toEqual({ OR: [{ active: { equals: true } }, { active: { equals: false } }] });
    expect(where(has('count'))).toEqual({ count: { gte: -(2 ** 31) } });
    expect(where(has('createdAt'))).toEqual({ createdAt: { gte: new Date('0001-01-01T00:00:00Z') } });
    expect(where(has('status'))).toEqual({ status: { not: null } });
    expect(where(has('ownerId', true))).toEqual({ ownerId: { equals: null } });
    expect(where(has('owner.id', true))).toEqual({ NOT: { owner: { is: { id: { gte: '' } } } } });
  });

  it('asks a field of whole numbers for whole numbers only', () => {
    expect(where(compare('count', '<', 0.5))).toEqual({ count: { lte: 0 } });
    expect(where(compare('count', '>=', 0.5))).toEqual({ count: { gte: 1 } });
    expect(where(compare('count', '==', 0.5))).toEqual({ id: { in: [] } });
    expect(where(compare('count', '!=', 0.5))).toEqual({ count: { gte: -(2 ** 31) } });
    expect(where(compare('count', '<', 1e12))).toEqual({ count: { gte: -(2 ** 31) } });
    expect(where(compare('count', '>', 1e12))).toEqual({ id: { in: [] } });
  });

  it.each([
    ['an order of strings in an unknown collation', () => where(compare('ownerId', '<', 'u1')), 'binaryCollation'],
    ['a string in an unknown collation of MySQL', () => where(OWN, { provider: 'mysql' }), 'binaryCollation'],
    [
      'a part of a string in SQLite',
      () => where(search('ownerId', 'contains', 'a'), { provider: 'sqlite' }),
      'LIKE of SQLite ignores case',
    ],
    ['a part with %', () => where(search('ownerId', 'startsWith', '100%')), 'Prisma cannot escape'],
    ['a part of a uuid', () => where(search('uid', 'startsWith', 'a')), 'type uuid'],
    ['an order of an enum', () => where(compare('status', '<', 'a')), 'type enum'],
    ['a long number', () => where(compare('amount', '==', 0.1 + 0.2)), 'more than 15 digits'],
    ['infinity', () => where(compare('amount', '<', Infinity)), 'infinite'],
    [
      'two fields',
      () => where({ kind: 'compare', comparator: '==', left: attribute('ownerId'), right: attribute('owner.id') }),
      'with a value only',
    ],
    [
      'the length of a string',
      () => where({ kind: 'compare', comparator: '>', left: { kind: 'size', of: attribute('ownerId') }, right: literal(3) }),
      'no length',
    ],
    [
      'a value that contains a field',
      () => where({ kind: 'string', test: 'contains', negated: false, text: literal('u1') as never, part: attribute('ownerId') }),
      'searches a field for a value only',
    ],
  ])('refuses %s, and names the attribute', (_, call, message) => {
    expect(call).toThrow(refusal('AUTHZ_FILTER_UNSUPPORTED', message));
    expect(call).toThrow(/resource\.\w+/);
  });

  it('tests strings where their collation compares bytes', () => {
    expect(where(compare('ownerId', '<', 'u1'), { binaryCollation: true })).toEqual({ ownerId: { lt: 'u1' } });
    expect(where(OWN, { provider: 'mysql', binaryCollation: true })).toEqual({ ownerId: { in: ['u1'] } });
    expect(where(search('ownerId', 'contains', 'a', true))).toEqual({ ownerId: { not: { contains: 'a' } } });
  });

  it('refuses names that Prisma would read as operators', () => {
    const columns = { ownerId: { column: 'NOT', type: 'string' } } as const;
    expect(() => where(OWN, { columns })).toThrow(refusal('AUTHZ_STRING'));
    expect(() => where(OWN, { idField: 'AND' })).toThrow(refusal('AUTHZ_STRING'));
  });
});
