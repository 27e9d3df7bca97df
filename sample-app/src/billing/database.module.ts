import { PGlite } from '@electric-sql/pglite';
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { SCHEMA, SEED } from './schema.js';

/** A PostgreSQL inside this process, kept in memory. */
@Module({ providers: [{ provide: PGlite, useFactory: createDatabase }], exports: [PGlite] })
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly database: PGlite) {}

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}

async function createDatabase(): Promise<PGlite> {
  const database = await PGlite.create();
  await database.exec(SCHEMA);
  await database.exec(SEED);
  return database;
}
