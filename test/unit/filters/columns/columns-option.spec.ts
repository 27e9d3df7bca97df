import { toSql, type ColumnsOption } from '../../../../lib/filters/sql/index.js';
import { attribute, filter, refusal } from '../filters.js';

const has = (name: string | readonly string[], type?: Parameters<typeof attribute>[1]) =>
  filter({
    kind: 'has',
    negated: false,
    attribute: typeof name === 'string' ? attribute(name, type) : { kind: 'attribute', path: name, type },
  });
const select = (columns: unknown, given = has('ownerId')) =>
  toSql(given, { dialect: 'postgres', columns: columns as ColumnsOption }).text;

describe('the option columns', () => {
  it('takes the type that the mapping declares', () => {
    expect(select({ ownerId: 'owner_id' }, has('ownerId', 'string'))).toBe('"owner_id" IS NOT NULL');
    expect(select({ ownerId: ['o', 'owner_id'] }, has('ownerId', 'string'))).toBe('"o"."owner_id" IS NOT NULL');
    expect(select({ ownerId: { column: 'owner_id', type: 'uuid' } }, has('ownerId', 'string'))).toBe('"owner_id" IS NOT NULL');
  });

  it('names an attribute as a condition does', () => {
    const columns = { 'owner.id': { column: 'a', type: 'string' }, '["owner.id"]': { column: 'b', type: 'string' } };
    expect(select(columns, has(['owner', 'id']))).toBe('"a" IS NOT NULL');
    expect(select(columns, has(['owner.id']))).toBe('"b" IS NOT NULL');
  });

  it.each<[string, unknown, unknown, string, string]>([
    [
      'an attribute without a column',
      { owner: 'x' },
      has('ownerId'),
      'AUTHZ_FILTER_COLUMN',
      'A condition tests resource.ownerId, but "columns" of toSql() has no "ownerId".',
    ],
    ['an inherited member', {}, has('constructor'), 'AUTHZ_FILTER_COLUMN', 'has no "constructor"'],
    [
      'an attribute without a type',
      { ownerId: 'owner_id' },
      has('ownerId'),
      'AUTHZ_FILTER_TYPE',
      'Write ownerId: { column: …, type: … }',
    ],
    [
      'a type that contradicts the mapping',
      { ownerId: { column: 'x', type: 'number' } },
      has('ownerId', 'string'),
      'AUTHZ_FILTER_TYPE',
      'the type number, but the mapping declares string',
    ],
    [
      'a list',
      { ownerId: 'x' },
      has('ownerId', 'string[]'),
      'AUTHZ_FILTER_UNSUPPORTED',
      'the mapping declares a list (string[])',
    ],
    ['an unknown type', { ownerId: { column: 'x', type: 'text' } }, has('ownerId'), 'AUTHZ_CHOICE', "'string', 'uuid'"],
    ['an unknown member', { ownerId: { columm: 'x' } }, has('ownerId'), 'AUTHZ_UNKNOWN_OPTION', 'Did you mean "column"?'],
    ['no name', { ownerId: { type: 'string' } }, has('ownerId'), 'AUTHZ_STRING', 'got nothing'],
    ['an empty name', { ownerId: '' }, has('ownerId'), 'AUTHZ_STRING', 'must be the name of a column'],
    ['an empty list', { ownerId: [] }, has('ownerId'), 'AUTHZ_STRING', 'got []'],
    ['a list with something else', { ownerId: ['o', 1] }, has('ownerId'), 'AUTHZ_STRING', 'got ["o",1]'],
    ['a placeholder in a name', { ownerId: 'owner?' }, has('ownerId'), 'AUTHZ_STRING', 'got "owner?"'],
    ['a line break in a name', { ownerId: 'a\nb' }, has('ownerId'), 'AUTHZ_STRING', 'must be the name of a column'],
    ['too many names', { ownerId: ['a', 'b', 'c', 'd', 'e'] }, has('ownerId'), 'AUTHZ_STRING', 'up to four names'],
    ['no object', 'owner_id', has('ownerId'), 'AUTHZ_OPTIONS', 'must be an object such as'],
  ])('refuses %s', (_, columns, given, code, message) => {
    const call = () => select(columns, given as ReturnType<typeof has>);
    expect(call).toThrow(refusal(code, message));
  });
});
