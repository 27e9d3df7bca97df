import { Controller, Get, Param, ParseIntPipe, Post } from '@nestjs/common';
import { Filtered, RequireAuthContext, RequirePermissions } from 'nestjs-authz';
import { InvoicesService } from './invoices.service.js';

@Controller('invoices')
@Filtered('invoices:read') // applies to every route of this class, in addition to the route's own decorators
export class InvoicesController {
  constructor(private readonly invoices: InvoicesService) {}

  @Get()
  list() {
    return this.invoices.list();
  }

  @Post(':number/payment')
  @RequireAuthContext({ maxAgeSeconds: 300 }) // payments need a recent login
  @RequirePermissions('invoices:settle')
  settle(@Param('number', ParseIntPipe) number: number) {
    return this.invoices.settle(number);
  }
}
