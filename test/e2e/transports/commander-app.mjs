// A command of an application: nest-commander, the built library, no web framework. `node commander-app.mjs <command>`
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { Command, CommandFactory, CommandRunner } from 'nest-commander';
import { Authz, AuthzModule, RequirePermissions } from '../../../dist/index.js';

class Invoices {
  constructor(authz) {
    this.authz = authz;
  }
  close() {
    this.authz.assert('invoices:close');
    return this.authz.principal().subject;
  }
}
Injectable()(Invoices);
Reflect.defineMetadata('design:paramtypes', [Authz], Invoices);

class CloseInvoices extends CommandRunner {
  constructor(authz, invoices) {
    super();
    this.authz = authz;
    this.invoices = invoices;
  }
  async run() {
    const closedBy = await this.authz.runAs({ subject: 'nightly-invoices', roles: ['accountant'] }, () => this.invoices.close());
    const refused = await this.authz
      .runAs({ subject: 'nightly-invoices', roles: ['viewer'] }, () => this.invoices.close())
      .catch(({ reason }) => reason);
    console.log(JSON.stringify({ closedBy, refused }));
  }
}
Command({ name: 'close-invoices' })(CloseInvoices);
Reflect.defineMetadata('design:paramtypes', [Authz, Invoices], CloseInvoices);
// No guard runs before a command, so the application does not start.
if (process.env.VARIANT === 'decorated')
  RequirePermissions('invoices:close')(
    CloseInvoices.prototype,
    'run',
    Object.getOwnPropertyDescriptor(CloseInvoices.prototype, 'run'),
  );

const AppModule = class AppModule {};
const authz = AuthzModule.forRoot({
  issuer: 'https://id.acme.test',
  audience: 'invoices',
  mapping: { roles: { viewer: ['invoices:read'], accountant: ['invoices:*'] } },
});
Module({ imports: [authz], providers: [Invoices, CloseInvoices] })(AppModule);

await CommandFactory.run(AppModule, { logger: ['warn', 'error'] });
