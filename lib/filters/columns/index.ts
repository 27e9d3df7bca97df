export { SCALAR_TYPES, type Column, type ColumnType } from './column.interface.js';
export { columnFinder, type ColumnNaming, type ColumnOption, type ColumnsOption } from './columns-option.js';
export { scalarType, typedTest, type FindColumn, type TypedSelection } from './typed-test.js';
export type {
  Atom,
  ColumnOperand,
  ColumnSize,
  Comparison,
  Membership,
  Presence,
  StringComparison,
  StringOperand,
  TypedTest,
} from './typed-test.interface.js';
