import { Module } from '@nestjs/common';
import { ClientsModule, Transport } from '@nestjs/microservices';
import { AuthzModule } from 'nestjs-authz';
import { httpBundle } from 'nestjs-authz/http-bundle';
import { OutboundModule } from 'nestjs-authz/outbound';
import { RevocationModule, revocation } from '../revocation.js';
import { serviceToken } from '../service-token.js';
import { setting } from '../setting.js';
import { CATALOG_TCP, CatalogClient } from './catalog-client.js';
import { HealthController } from './health.controller.js';
import { JobQueue } from './job-queue.js';
import { jobs } from './jobs.transport.js';
import { LiveController } from './live.controller.js';
import { LiveGateway } from './live.gateway.js';
import { OrderById } from './order-by-id.loader.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';
import { ShippingJobs } from './shipping.jobs.js';

const AUTHORITY = 'https://authority.shop.example';

@Module({
  imports: [
    RevocationModule,
    AuthzModule.forRoot({
      issuer: setting('ISSUER'),
      audience: 'https://api.shop.example',
      protectedResource: { resource: 'https://api.shop.example' }, // tells clients where to get a token
      mapping: httpBundle({
        url: `${setting('AUTHORITY_URL')}/mapping`,
        changes: `${setting('AUTHORITY_URL')}/mapping/changes`, // delivers a change at once, not with the next poll
        serviceToken: serviceToken(),
        signature: { keys: [JSON.parse(setting('AUTHORITY_KEY'))] }, // pinned: no other key can publish
        issuer: AUTHORITY,
        audience: 'https://api.shop.example',
        diskCopy: setting('DISK_COPY'), // for a start while the authority is down
        pollIntervalSeconds: 1, // this and the next line show an outage quickly in the walk-through; omit both
        maxStalenessSeconds: 3,
      }),
      maxTokenLifetimeSeconds: 3600,
      revocation: revocation(),
      transports: [jobs], // in addition to the library's own
    }),
    OutboundModule.forRoot({
      targets: {
        // The caller's own token: its audience includes the catalog.
        catalog: { audience: 'https://api.shop.example', token: 'forward', origins: [setting('CATALOG_URL')] },
      },
    }),
    ClientsModule.register([
      { name: CATALOG_TCP, transport: Transport.TCP, options: { host: '127.0.0.1', port: Number(setting('CATALOG_TCP_PORT')) } },
    ]),
  ],
  controllers: [OrdersController, HealthController, LiveController],
  providers: [OrdersService, OrderById, CatalogClient, LiveGateway, ShippingJobs, JobQueue],
})
export class OrdersModule {}
