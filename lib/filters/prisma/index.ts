export type { ColumnOption, ColumnsOption, ColumnType } from '../columns/index.js';
export type { PrismaWhere } from './row-where.js';
export { toPrisma, type PrismaFilterOptions } from './to-prisma.js';
