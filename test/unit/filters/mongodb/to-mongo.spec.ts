import { Query } from 'mingo';
import { toMongo } from '../../../../lib/filters/mongodb/index.js';
import { attribute, compare, filter, literal, OWN, refusal, search } from '../filters.js';

const COLUMNS = {
  ownerId: { column: 'ownerId', type: 'string' },
  'owner.id': { column: 'owner.id', type: 'string' },
  amount: { column: 'amount', type: 'number' },
  price: { column: 'price', type: 'decimal' },
  createdAt: { column: 'createdAt', type: 'timestamp' },
  dueAt: { column: 'dueAt', type: 'milliseconds' },
} as const;
const query = (test: Parameters<typeof filter>[0]) => toMongo(filter(test), { columns: COLUMNS });
const finds = (test: Parameters<typeof filter>[0], document: Record<string, unknown>) => new Query(query(test)).test(document);

describe('toMongo()', () => {
  it('finds all documents, or none', () => {
    expect(query(true)).toEqual({});
    expect(query(false)).toEqual({ _id: { $in: [] } });
  });

  it('writes a test that an index answers', () => {
    expect(query(OWN)).toEqual({ ownerId: { $eq: 'u1', $type: 'string', $not: { $type: 'array' } } });
  });

  it('does not look into lists', () => {
    for (const test of [OWN, compare('ownerId', '!=', 'u2'), search('ownerId', 'contains', 'u')]) {
      expect(finds(test, { ownerId: 'u1' })).toBe(true);
      expect(finds(test, { ownerId: ['u1'] })).toBe(false);
    }
    expect(finds(compare('owner.id', '==', 'u1'), { owner: { id: 'u1' } })).toBe(true);
    expect(finds(compare('owner.id', '==', 'u1'), { owner: [{ id: 'u1' }] })).toBe(false);
    expect(finds({ kind: 'has', negated: true, attribute: attribute('owner.id') }, { owner: [{ id: 'u1' }] })).toBe(true);
  });

  it.each([undefined, null, 5, 'u1', NaN, {}, true])(
    'finds no document whose field is missing or of another type: %p',
    (value) => {
      const document: Record<string, unknown> =
        value === undefined ? {} : { amount: value, ownerId: value === 'u1' ? null : value };
      const isNumber = value === 5;
      expect(finds(compare('amount', '!=', 7), document)).toBe(isNumber);
      expect(finds(compare('amount', '<', 7), document)).toBe(isNumber);
      expect(finds(compare('ownerId', '!=', 'u2'), document)).toBe(false);
      expect(finds(search('ownerId', 'startsWith', 'u', true), document)).toBe(false);
    },
  );

  it('reads a value that begins with $ as a value', () => {
    expect(finds(search('ownerId', 'contains', '$amount'), { ownerId: 'u$amount', amount: 'u' })).toBe(true);
    expect(finds(search('ownerId', 'contains', '$amount'), { ownerId: 'u', amount: 'u' })).toBe(false);
  });

  it('does not equal a whole number that a double does not hold', () => {
    expect(JSON.stringify(query(compare('amount', '==', 2 ** 60)))).toContain(String(Number.MAX_SAFE_INTEGER));
    expect(JSON.stringify(query(compare('amount', '==', 5)))).not.toContain(String(Number.MAX_SAFE_INTEGER));
  });

  it('compares milliseconds as numbers and times as dates', () => {
    const noon = new Date('2026-03-01T12:00:00Z');
    expect(finds(compare('createdAt', '<=', noon), { createdAt: noon })).toBe(true);
    expect(finds(compare('dueAt', '<=', noon), { dueAt: noon.getTime() })).toBe(true);
    expect(() => query({ kind: 'compare', comparator: '<', left: attribute('createdAt'), right: attribute('dueAt') })).toThrow(
      'one field is a Date, the other a number of milliseconds',
    );
  });

  it('counts code points', () => {
    const test = {
      kind: 'compare',
      comparator: '==',
      left: { kind: 'size', of: attribute('ownerId') },
      right: literal(3),
    } as const;
    expect(query(test)).toEqual({
      $expr: {
        $cond: [
          { $and: [{ $in: [{ $type: '$ownerId' }, ['string']] }] },
          { $eq: [{ $strLenCP: '$ownerId' }, { $literal: 3 }] },
          false,
        ],
      },
    });
    const size = { kind: 'size', of: attribute('ownerId') } as const;
    expect(finds({ kind: 'in', negated: false, item: size, values: [literal(2)], source: '' }, { ownerId: 'u1' })).toBe(true);
    expect(finds({ kind: 'in', negated: true, item: size, values: [literal(2)], source: '' }, { ownerId: 'u1' })).toBe(false);
  });

  it('refuses a Decimal128, and names that MongoDB would read as operators', () => {
    expect(() => query(compare('price', '<', 5))).toThrow(refusal('AUTHZ_FILTER_UNSUPPORTED'));
    for (const column of ['$where', 'a.$b', 'a..b'])
      expect(() => toMongo(filter(OWN), { columns: { ownerId: { column, type: 'string' } } })).toThrow(refusal('AUTHZ_STRING'));
  });
});
