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

/** What the roles of the old login are called now. A role that is not here is dropped. */
const NEW_NAMES: ReadonlyMap<string, string> = new Map([
  ['READER', 'reader'],
  ['ACCOUNTANT', 'bookkeeper'],
]);

/**
 * When the old tokens end: write the day that was announced, such as '2027-03-31T00:00:00Z'. This one moves on with every start and so
 * never comes; it is so near that you see the warning at the start.
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
            audience: null, // the old tokens have none
            acceptUntil: LAST_DAY,
            maxTokenLifetimeSeconds: 90 * 86_400, // the old tokens live that long
            role: (name) => NEW_NAMES.get(name),
          }),
        ],
        audience: 'https://billing.shop.example',
        // PGlite has one connection. With a pool that has more, `listen: true` tells of a change at once, and no poll need be so frequent.
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
