import type { ScalarType } from '../../core/index.js';

/**
 * Type of a column.
 * - `string`: text and varchar
 * - `uuid`, `enum`: of PostgreSQL; a string in the resource
 * - `number`: any number. `integer`, `bigint`, `decimal` (at most 15 digits): compared exactly, so that the database can use an index
 * - `boolean`: in MySQL and SQLite the numbers 0 and 1
 * - `timestamp`: a point in time. `milliseconds`: the same as a number since 1970
 */
export type ColumnType =
  'string' | 'uuid' | 'enum' | 'number' | 'integer' | 'bigint' | 'decimal' | 'boolean' | 'timestamp' | 'milliseconds';

/** Type of the attribute that a column holds. */
export const SCALAR_TYPES: Readonly<Record<ColumnType, ScalarType>> = {
  string: 'string',
  uuid: 'string',
  enum: 'string',
  number: 'number',
  integer: 'number',
  bigint: 'number',
  decimal: 'number',
  boolean: 'boolean',
  timestamp: 'timestamp',
  milliseconds: 'timestamp',
};

/** The only form of a UUID that equals the text of a uuid column. */
export const CANONICAL_UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

/** Where an attribute of the resource is stored. */
export interface Column {
  readonly kind: 'column';
  /** Attribute, for messages: `resource.ownerId`. */
  readonly attribute: string;
  /** Names, from the outermost on: table and column, or members of a document. */
  readonly path: readonly string[];
  readonly type: ColumnType;
}
