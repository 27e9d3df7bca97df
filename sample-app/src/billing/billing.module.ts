import { Module } from '@nestjs/common';
import { AuthzModule } from 'nestjs-authz';
import { setting } from '../setting.js';
import { BillingMapping } from './billing-mapping.js';
import { DatabaseModule } from './database.module.js';
import { InvoicesController } from './invoices.controller.js';
import { InvoicesService } from './invoices.service.js';

@Module({
  imports: [
    DatabaseModule,
    AuthzModule.forRoot({
      issuer: setting('ISSUER'),
      audience: 'https://billing.shop.example',
      mapping: { provider: BillingMapping },
    }),
  ],
  controllers: [InvoicesController],
  providers: [InvoicesService, BillingMapping],
})
export class BillingModule {}
