export type { ColumnOption, ColumnsOption, ColumnType } from '../columns/index.js';
export type { SqlParameter } from './fragment.js';
export { toSql, type SqlFilterOptions, type SqlWhere } from './to-sql.js';
