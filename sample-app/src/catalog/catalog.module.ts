import { Module } from '@nestjs/common';
import { AuthzModule } from 'nestjs-authz';
import { RevocationModule, revocation } from '../revocation.js';
import { setting } from '../setting.js';
import { ProductsController } from './products.controller.js';
import { ProductsService } from './products.service.js';
import { StockController } from './stock.controller.js';

@Module({
  imports: [
    RevocationModule,
    AuthzModule.forRoot({
      issuer: setting('ISSUER'),
      audience: 'https://api.shop.example',
      mapping: {
        roles: {
          viewer: ['products:read'],
          clerk: { inherits: ['viewer'], permissions: ['products:stock:reserve'] },
          restocker: ['products:read', 'products:stock:write'],
          admin: ['products:*'],
        },
      },
      // Evaluated in addition to `mapping`, without effect: the log reports the requests for which this mapping would decide differently.
      candidate: {
        roles: {
          viewer: ['products:read'],
          clerk: { inherits: ['viewer'], permissions: ['products:stock:reserve'] },
          restocker: ['products:read', 'products:stock:write'],
          admin: ['products:read', 'products:stock:reserve'], // is products:* needed at all?
        },
      },
      maxTokenLifetimeSeconds: 3600, // longest token lifetime; revocations are kept for this time
      revocation: revocation(), // applies revocations made in other services
      clockToleranceSeconds: 0, // one machine, one clock: a token expires to the second. Omit this if clocks differ.
    }),
  ],
  controllers: [ProductsController, StockController],
  providers: [ProductsService],
})
export class CatalogModule {}
