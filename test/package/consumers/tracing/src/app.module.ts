import { Controller, Get, Module, Scope } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { SentryTraced } from '@sentry/nestjs';
import { initContract } from '@ts-rest/core';
import { TsRestHandler, tsRestHandler } from '@ts-rest/nest';
import { z } from 'zod';
import { Authenticated, AuthzModule, Public, RequirePermissions } from 'nestjs-authz';

/** As tutorials write it. */
const Log: MethodDecorator = (_prototype, _key, descriptor: PropertyDescriptor) => {
  const method = descriptor.value;
  descriptor.value = function (this: unknown, ...args: unknown[]) {
    return method.apply(this, args);
  };
};

@Controller('orders')
class OrdersController {
  @Get('traced') @Public() traced() {
    return { traced: trace.getActiveSpan() !== undefined };
  }
  @Get('open') @Log @Public() open() {
    return {};
  }
  @Get('logged') @Authenticated() @Log @RequirePermissions('orders:write') logged() {
    return {};
  }
  @Get('sentry') @SentryTraced() @Log @RequirePermissions('orders:write') sentry() {
    return {};
  }
}

abstract class Base {
  @Get() @Log @RequirePermissions('orders:write') list() {
    return {};
  }
}
@Controller('derived')
class DerivedController extends Base {
  @Get() @Authenticated() @Log override list() {
    return {};
  }
}

@Controller('bound')
class BoundController {
  constructor() {
    this.all = this.page.bind(this);
  }
  @Get('page') @Public() page(): object {
    return {};
  }
  @Get('all') @RequirePermissions('orders:write') all(): object {
    return {};
  }
}
@Controller({ path: 'per-request', scope: Scope.REQUEST })
class PerRequestController extends BoundController {}

const contract = initContract().router({
  one: { method: 'GET', path: '/rest/one', responses: { 200: z.object({}) } },
  two: { method: 'GET', path: '/rest/two', responses: { 200: z.object({}) } },
});
@Controller()
class RestController {
  @TsRestHandler(contract) @RequirePermissions('orders:write') handler() {
    return tsRestHandler(contract, {
      one: async () => ({ status: 200, body: {} }),
      two: async () => ({ status: 200, body: {} }),
    });
  }
}

@Module({
  imports: [
    AuthzModule.forRoot({
      issuer: process.env['ISSUER'] ?? 'https://id.acme.com',
      audience: 'orders',
      mapping: { roles: { viewer: ['orders:read'], clerk: ['orders:*'] } },
    }),
  ],
  controllers: [OrdersController, DerivedController, BoundController, PerRequestController, RestController],
})
export class AppModule {}
