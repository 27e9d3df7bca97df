import { Controller, Get, Module, Post, type DynamicModule, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import {
  Authenticated,
  AuthzModule,
  CurrentPrincipal,
  RequirePermissions,
  type AuthzModuleOptions,
  type IssuerOptions,
  type Principal,
} from '../../../lib/index.js';
import { Outbound, OutboundModule, type OutboundOptions } from '../../../lib/outbound/index.js';
import { BackChannelLogoutModule } from '../../../lib/servers/receivers/index.js';
import { CapturedLog } from '../captured-log.js';
import { INVOICES, ORDERS } from './keycloak-realm.js';

/** The caller as a service sees it. */
export interface Seen {
  readonly subject: string;
  readonly clientId: string | undefined;
  readonly tenant: string | undefined;
  readonly roles: readonly string[];
  readonly audience: unknown;
}

const seen = ({ subject, clientId, tenant, roles, claims }: Principal): Seen => ({
  subject,
  clientId,
  tenant,
  roles,
  audience: claims['aud'],
});

/** What all of the services log: Nest has one log for all applications of a process. */
export const log = new CapturedLog();

/** The URL of the service of the invoices. */
let invoices = '';

@Controller('orders')
class OrdersController {
  constructor(private readonly outbound: Outbound) {}

  @Get()
  @RequirePermissions('orders:read')
  list(@CurrentPrincipal() principal: Principal): Seen {
    return seen(principal);
  }

  @Post()
  @RequirePermissions('orders:create')
  create(): object {
    return {};
  }

  /** The caller as the service of the invoices sees it. */
  @Get('invoices')
  @Authenticated()
  async invoices(): Promise<unknown> {
    const answer = await this.outbound.fetch('invoices')(`${invoices}/invoices`);
    return answer.json();
  }
}

@Controller('invoices')
class InvoicesController {
  @Get()
  @RequirePermissions('invoices:read')
  list(@CurrentPrincipal() principal: Principal): Seen {
    return seen(principal);
  }
}

type AuthzOptions = Pick<AuthzModuleOptions, 'mapping' | 'dpop' | 'protectedResource'> & { readonly issuer?: IssuerOptions };

/** One service, on a port of its own. */
export interface Service {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts services in front of one issuer. */
export class Services {
  constructor(
    private readonly newAdapter: () => AbstractHttpAdapter,
    private readonly issuer: IssuerOptions,
  ) {}

  /** The service under test: guarded, notified of logouts at a web client, and a caller of the invoices. */
  orders(
    webClient: string,
    client: NonNullable<OutboundOptions['client']>,
    token: 'exchange' | 'service',
    { issuer = this.issuer, ...authz }: AuthzOptions,
  ): Promise<Service> {
    return this.start(OrdersController, [
      AuthzModule.forRoot({ issuer, audience: ORDERS, maxTokenLifetimeSeconds: 900, revocation: { feed: null }, ...authz }),
      BackChannelLogoutModule.forRoot({ issuer: this.issuer, audience: webClient }),
      OutboundModule.forRoot({
        client: { ...client, issuer: this.issuer.issuer },
        targets: { invoices: { token, audience: INVOICES, origins: [invoices] } },
      }),
    ]);
  }

  /** The service that the one under test calls. Has to be started before. */
  async invoices(authz: AuthzOptions): Promise<Service> {
    const service = await this.start(InvoicesController, [
      AuthzModule.forRoot({ issuer: this.issuer, audience: INVOICES, ...authz }),
    ]);
    invoices = service.url;
    return service;
  }

  /** Any other guarded service. */
  of(controller: Type, authz: AuthzOptions): Promise<Service> {
    return this.start(controller, [AuthzModule.forRoot({ issuer: this.issuer, audience: ORDERS, ...authz })]);
  }

  private async start(controller: Type, imports: DynamicModule[]): Promise<Service> {
    @Module({ controllers: [controller], imports })
    class App {}
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which is never constructed
    const app: INestApplication = await NestFactory.create(App, this.newAdapter(), { logger: log });
    await app.listen(0, '127.0.0.1');
    return { url: await app.getUrl(), close: () => app.close() };
  }
}
