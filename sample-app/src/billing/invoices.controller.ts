import { Controller, Get, Param, ParseIntPipe, Post } from '@nestjs/common';
import { RequireAuthContext, RequirePermissions } from 'nestjs-authz';
import { InvoicesService } from './invoices.service.js';

@Controller('invoices')
@RequirePermissions('invoices:read') // every route of this class; what a route asks for comes on top
export class InvoicesController {
  constructor(private readonly invoices: InvoicesService) {}

  @Get()
  list() {
    return this.invoices.list();
  }

  @Post(':number/payment')
  @RequireAuthContext({ maxAgeSeconds: 300 }) // money: who logged in this morning logs in again
  @RequirePermissions('invoices:settle')
  settle(@Param('number', ParseIntPipe) number: number) {
    return this.invoices.settle(number);
  }
}
