export { CANONICAL_UUID, SCALAR_TYPES, type Column, type ColumnType } from './column.interface.js';
export { columnFinder, type ColumnOption, type ColumnsOption } from './columns-option.js';
export { typedTest } from './typed-test.js';
export type {
  ColumnOperand,
  Comparison,
  Membership,
  Presence,
  StringComparison,
  StringOperand,
  TypedTest,
} from './typed-test.interface.js';
