export type { DatabaseMappingOptions, MappingTables } from './database-mapping-options.interface.js';
export { databaseMapping } from './database-mapping.js';
export type { MysqlConnection, MysqlPool, PostgresClient, PostgresPool } from './database-pool.interface.js';
