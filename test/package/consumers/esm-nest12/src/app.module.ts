import { Controller, Delete, Get, Module } from '@nestjs/common';
import { Authz, AuthzModule, CurrentPrincipal, RequirePermissions, Resource, type Principal } from 'nestjs-authz';

@Controller('orders')
@RequirePermissions('orders:read')
export class OrdersController {
  constructor(private readonly authz: Authz) {}

  @Get()
  list(@CurrentPrincipal() caller: Principal) {
    return { caller: caller.subject, mayDelete: this.authz.can('orders:delete', { kind: 'order' }) };
  }

  @Delete()
  @RequirePermissions('orders:delete')
  @Resource(() => ({ kind: 'order' }))
  remove() {
    return {};
  }
}

@Module({
  imports: [
    AuthzModule.forRootAsync({
      useFactory: () => ({
        issuer: process.env['ISSUER'] ?? 'https://id.acme.com',
        audience: 'orders',
        mapping: {
          roles: {
            viewer: ['orders:read'],
            clerk: { inherits: ['viewer'], permissions: [{ permission: 'orders:*', when: 'resource.kind == "order"' }] },
          },
        },
      }),
    }),
  ],
  controllers: [OrdersController],
})
export class AppModule {}
