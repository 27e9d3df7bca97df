import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { SCHEMA, SEED } from './schema.js';

/** Part of the package: tables of roles and permissions, and triggers that count their changes. */
const MIGRATION = fileURLToPath(import.meta.resolve('nestjs-authz/database/migrations/postgresql.sql'));

/** An in-memory PostgreSQL inside this process. */
@Module({ providers: [{ provide: PGlite, useFactory: createDatabase }], exports: [PGlite] })
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly database: PGlite) {}

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}

async function createDatabase(): Promise<PGlite> {
  const database = await PGlite.create();
  for (const sql of [await readFile(MIGRATION, 'utf8'), SCHEMA, SEED]) await database.exec(sql);
  return database;
}
