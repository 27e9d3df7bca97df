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
      // Asked beside it, never answered by: the log tells whom the next mapping would treat otherwise.
      candidate: {
        roles: {
          viewer: ['products:read'],
          clerk: { inherits: ['viewer'], permissions: ['products:stock:reserve'] },
          restocker: ['products:read', 'products:stock:write'],
          admin: ['products:read', 'products:stock:reserve'], // is products:* needed at all?
        },
      },
      maxTokenLifetimeSeconds: 3600, // no token lives longer, so who was logged out is remembered no longer
      revocation: revocation(), // sessions end here, too, when they are ended anywhere
      clockToleranceSeconds: 0, // one machine, one clock: a token ends on the second. Leave this out where clocks differ.
    }),
  ],
  controllers: [ProductsController, StockController],
  providers: [ProductsService],
})
export class CatalogModule {}
