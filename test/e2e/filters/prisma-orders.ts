import { PrismaPg } from '@prisma/adapter-pg';
import { getPrismaClient } from '@prisma/client/runtime/client';
import { createRequire } from 'node:module';
import type { PostgresServer } from '../../servers/postgres.js';

/** What the tests use of the client. */
export interface PrismaOrders {
  readonly order: { findMany(query: { where: object; select: { id: true } }): Promise<readonly { readonly id: number }[]> };
  $disconnect(): Promise<void>;
}

/** The types of Node leave it out. */
const { compile } = (
  globalThis as unknown as { readonly WebAssembly: { readonly compile: (code: Uint8Array) => Promise<object> } }
).WebAssembly;
const require = createRequire(import.meta.url);
const RUNTIME = '@prisma/client/runtime/query_compiler_fast_bg.postgresql';

const SCHEMA = `datasource db {
  provider = "postgresql"
}
model Order {
  id Int @id
  ownerId String? @map("owner_id")
  owner User? @relation(fields: [ownerId], references: [id])
  name String?
  label String?
  uid String? @db.Uuid
  amount Float?
  price Decimal?
  number BigInt?
  active Boolean?
  createdAt DateTime? @map("created_at") @db.Timestamptz(6)
  dueAt BigInt? @map("due_at")
  @@map("orders")
}
model User {
  id String @id
  orders Order[]
  @@map("users")
}`;

const field = (name: string, type: string, dbName?: string) => ({ name, kind: 'scalar', type, ...(dbName && { dbName }) });
const relation = (name: string, type: string) => ({ name, kind: 'object', type, relationName: 'OrderToUser' });
/** What `prisma generate` writes for the schema. The command itself is not installed: it wants to download a program for migrations. */
const MODELS = {
  Order: {
    fields: [
      ...[field('id', 'Int'), field('ownerId', 'String', 'owner_id'), relation('owner', 'User'), field('name', 'String')],
      ...[
        field('label', 'String'),
        field('uid', 'String'),
        field('amount', 'Float'),
        field('price', 'Decimal'),
        field('number', 'BigInt'),
      ],
      ...[field('active', 'Boolean'), field('createdAt', 'DateTime', 'created_at'), field('dueAt', 'BigInt', 'due_at')],
    ],
    dbName: 'orders',
  },
  User: { fields: [field('id', 'String'), relation('orders', 'Order')], dbName: 'users' },
};

/** Opens the real client of Prisma: its query compiler is a WebAssembly module within the package. */
export function openPrisma({ host, port, user, database }: PostgresServer['connection']): PrismaOrders {
  const Client = getPrismaClient({
    previewFeatures: [],
    clientVersion: '7.10.0',
    engineVersion: '7.10.0',
    activeProvider: 'postgresql',
    inlineSchema: SCHEMA,
    runtimeDataModel: { models: MODELS, enums: {}, types: {} },
    // Which values of a query are parameters: none is known, so each query is compiled anew.
    parameterizationSchema: { strings: [], graph: Buffer.alloc(16).toString('base64') },
    compilerWasm: {
      getRuntime: () => Promise.resolve(require(`${RUNTIME}.js`)),
      getQueryCompilerWasmModule: () => {
        const { wasm } = require(`${RUNTIME}.wasm-base64.js`) as { wasm: string };
        return compile(Buffer.from(wasm, 'base64'));
      },
      importName: './query_compiler_fast_bg.js',
    },
  } as never) as unknown as new (options: object) => PrismaOrders;
  return new Client({ adapter: new PrismaPg({ host, port, user, database }) });
}
