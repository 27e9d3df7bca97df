export type { ColumnOption, ColumnsOption, ColumnType } from '../columns/index.js';
export type { MongoFilter } from './field-guards.js';
export { toMongo, type MongoFilterOptions } from './to-mongo.js';
