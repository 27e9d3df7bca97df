import { PGlite } from '@electric-sql/pglite';
import { Module } from '@nestjs/common';
import { AuthzModule, legacyIssuer } from 'nestjs-authz';
import { databaseMapping } from 'nestjs-authz/database';
import { RevocationModule, revocation } from '../revocation.js';
import { setting } from '../setting.js';
import { DatabaseModule } from './database.module.js';
import { InvoicesController } from './invoices.controller.js';
import { InvoicesService } from './invoices.service.js';
import { poolOf } from './pglite-pool.js';
import { RolesController } from './roles.controller.js';

/** New names for the roles of the old login. Other roles are dropped. */
const NEW_NAMES: ReadonlyMap<string, string> = new Map([
  ['READER', 'reader'],
  ['ACCOUNTANT', 'bookkeeper'],
]);

/**
 * Last day for old tokens. Write the announced date, such as '2027-03-31T00:00:00Z'. The sample's date moves with every start, and is near
 * enough to show the warning at start.
 */
const LAST_DAY = new Date(Date.now() + 14 * 86_400_000);

@Module({
  imports: [
    RevocationModule,
    DatabaseModule,
    AuthzModule.forRootAsync({
      imports: [DatabaseModule],
      inject: [PGlite],
      useFactory: (database: PGlite) => ({
        issuers: [
          setting('ISSUER'),
          legacyIssuer({
            issuer: 'billing-login',
            key: setting('OLD_SECRET'),
            audience: null, // the old tokens have no audience
            acceptUntil: LAST_DAY,
            maxTokenLifetimeSeconds: 90 * 86_400, // lifetime of the old tokens
            role: (name) => NEW_NAMES.get(name),
          }),
        ],
        audience: 'https://billing.shop.example',
        // PGlite has a single connection. With a larger pool, use `listen: true` to get changes at once, and poll less often.
        mapping: databaseMapping({ pool: poolOf(database), pollIntervalSeconds: 1 }),
        maxTokenLifetimeSeconds: 3600,
        revocation: revocation(),
      }),
    }),
  ],
  controllers: [InvoicesController, RolesController],
  providers: [InvoicesService],
})
export class BillingModule {}
