import { Module } from '@nestjs/common';
import { AuthzModule, fileMapping } from 'nestjs-authz';
import { setting } from '../setting.js';
import { CatalogClient } from './catalog-client.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [
    AuthzModule.forRoot({
      issuer: setting('ISSUER'),
      audience: 'https://api.shop.example',
      protectedResource: { resource: 'https://api.shop.example' }, // tells clients where to get a token
      mapping: fileMapping(setting('ORDERS_MAPPING')),
    }),
  ],
  controllers: [OrdersController],
  providers: [OrdersService, CatalogClient],
})
export class OrdersModule {}
