import { AuthzConfigError, membersOf, readOptions, type FilterAttribute, type ResourceFilter } from '../../core/index.js';
import { columnFinder, typedTest, type Column, type ColumnsOption } from '../columns/index.js';
import { documentTest } from './document-test.js';
import type { MongoFilter } from './field-guards.js';

/** Options of {@link toMongo}. */
export interface MongoFilterOptions {
  /** The field of each attribute: `{ ownerId: 'ownerId', amount: { column: 'amount', type: 'number' }, 'owner.id': 'owner.id' }`. */
  readonly columns: ColumnsOption;
}

const MEMBERS = membersOf<MongoFilterOptions>()(['columns']);
const NAMING = {
  place: 'toMongo()',
  example: "{ ownerId: { column: 'ownerId', type: 'string' } }",
  expected: "the name of a field, such as 'ownerId', 'owner.id' or ['owner', 'id'], without $",
  accepts: (path: readonly string[]) =>
    path.every((name) => name.split('.').every((part) => part !== '' && !part.startsWith('$'))),
};

/**
 * Turns a filter into a query of MongoDB that finds exactly the documents for which `authz.can()` is true. The query must run without a collation.
 *
 * @example
 * const mine = toMongo(authz.filter('orders:read'), { columns: { ownerId: 'ownerId' } });
 * await orders.find({ $and: [mine, { status: 'open' }] }).toArray();
 *
 * @returns `{}` if the caller may see all documents; a query that finds none if the caller may see none.
 * @throws AuthzConfigError if an attribute has no field or no type, or if a test cannot be expressed.
 */
export function toMongo(filter: ResourceFilter, options: MongoFilterOptions): MongoFilter {
  const given = readOptions(options, { place: 'toMongo()', members: MEMBERS, example: `{ columns: ${NAMING.example} }` });
  const find = columnFinder(given.columns, NAMING);
  const test = typedTest(filter, (attribute) => field(find, attribute), 'toMongo()');
  if (typeof test !== 'boolean') return documentTest(test);
  return test ? {} : { _id: { $in: [] } };
}

function field(find: (attribute: FilterAttribute) => Column, attribute: FilterAttribute): Column {
  const column = find(attribute);
  if (column.type === 'decimal') {
    const problem = `toMongo() cannot compare ${column.attribute}: a Decimal128 equals no number of JavaScript. Store a number, or load the documents.`;
    throw new AuthzConfigError('AUTHZ_FILTER_UNSUPPORTED', problem);
  }
  return { ...column, path: column.path.flatMap((name) => name.split('.')) };
}
