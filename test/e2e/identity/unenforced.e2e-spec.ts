import {
  Controller,
  Get,
  Injectable,
  Module,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type INestApplication,
  type MiddlewareConsumer,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocketGateway } from '@nestjs/websockets';
import { Authenticated, AuthzMode, OptionalAuth, Public, RequirePermissions } from '../../../lib/index.js';
import { guardedWebSockets } from '../../../lib/transports/websockets/index.js';
import { onBothAdapters } from '../on-both-adapters.js';

/** Every requirement is enforced, or the application does not start. */

const Ask = () => RequirePermissions('orders:delete');

@Controller('plain')
class Plain {
  @Get() @Public() plain() {
    return 'in';
  }
}

@WebSocketGateway()
class Connecting {
  @Ask() handleConnection(): void {
    throw new Error('never called');
  }
}
@WebSocketGateway()
class Disconnecting {
  @Ask() handleDisconnect(): void {
    throw new Error('never called');
  }
}
@WebSocketGateway()
class Beginning {
  @Ask() afterInit(): void {
    // a server has begun
  }
}

@Injectable()
class Job {
  @Cron('0 0 1 1 *') @Ask() run(): void {
    // once a year
  }
}
@Injectable()
class Lifecycle {
  @Ask() onModuleInit(): void {
    // the module is there
  }
}
@Injectable()
class Middleware {
  @Ask() use(_request: unknown, _response: unknown, next: () => void): void {
    next();
  }
}
@Module({})
class WithMiddleware {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(Middleware).forRoutes('plain');
  }
}
@Injectable()
class Guard {
  @Ask() canActivate(): boolean {
    return true;
  }
}
@Controller('guarded')
class Guarded {
  @Get() @Public() @UseGuards(Guard) guarded() {
    return 'in';
  }
}
@Injectable()
class Interceptor {
  @OptionalAuth() intercept(_context: unknown, next: CallHandler) {
    return next.handle();
  }
}
@Controller('intercepted')
class Intercepted {
  @Get() @Public() @UseInterceptors(Interceptor) intercepted() {
    return 'in';
  }
}

@Injectable()
@Authenticated()
class Service {
  serve() {
    return 'in';
  }
}
@Module({})
@Ask()
class Root {}

/** No method of these is called for a request: Nest looks for names, and for values. */
const KEY = Symbol('list');
@Controller('symbols')
class Symbols {
  @Get() @Ask() [KEY]() {
    return 'in';
  }
}
const computed = (_prototype: object, _key: string | symbol, { value }: PropertyDescriptor): PropertyDescriptor => ({
  get: () => value as unknown,
  configurable: true,
});
@Controller('computed')
class Computed {
  @computed @Get() @Ask() list() {
    return 'in';
  }
}

/** Copies routes to methods of their own, as ts-rest does. Decorators above are applied too late for them. */
const routes: MethodDecorator = (prototype, key, descriptor: PropertyDescriptor) => {
  const method = descriptor.value as (...args: unknown[]) => unknown;
  const copy = function (this: unknown, ...args: unknown[]) {
    return method.apply(this, args);
  };
  Object.assign(prototype, { [`${String(key)}_list`]: copy });
  Get()(prototype, `${String(key)}_list`, { value: copy });
  for (const name of Reflect.getMetadataKeys(method) as string[])
    Reflect.defineMetadata(name, Reflect.getMetadata(name, method), copy);
};
@Controller('copied')
@Authenticated()
class CopiedBefore {
  @Ask() @routes list() {
    return 'in';
  }
}
@Controller('copied')
class CopiedAfter {
  @routes @Ask() list() {
    return 'in';
  }
}

/** The same decorator is enforced in one place, and not in the other. */
const Shared = Ask();
@Controller('shared')
class Sharing {
  @Get() @Shared list() {
    return 'in';
  }
  @Shared helper() {
    return 'in';
  }
}

const provided = (...providers: Type[]): ModuleMetadata => ({ controllers: [Plain], providers });

onBothAdapters(({ start }) => {
  const sockets = { configure: (app: INestApplication) => app.useWebSocketAdapter(guardedWebSockets(app, new WsAdapter(app))) };

  it.each<[string, ModuleMetadata, string]>([
    ['handleConnection() of a gateway', provided(Connecting), 'Connecting.handleConnection'],
    ['handleDisconnect() of a gateway', provided(Disconnecting), 'Disconnecting.handleDisconnect'],
    ['afterInit() of a gateway', provided(Beginning), 'Beginning.afterInit'],
    ['a schedule', provided(Job), 'Job.run'],
    ['a lifecycle hook', provided(Lifecycle), 'Lifecycle.onModuleInit'],
    ['middleware', { ...provided(), imports: [WithMiddleware] }, 'Middleware.use'],
    ['a guard', { controllers: [Guarded] }, 'Guard.canActivate'],
    ['an interceptor', { controllers: [Intercepted] }, 'Interceptor.intercept'],
    ['a service', provided(Service), 'Service'],
    ['a module', { ...provided(), imports: [Root] }, 'Root'],
    ['what a factory makes', { controllers: [Plain], providers: [{ provide: 'job', useFactory: () => new Job() }] }, 'Job.run'],
    ['a value', { controllers: [Plain], providers: [{ provide: 'job', useValue: new Job() }] }, 'Job.run'],
    ['a method without a name', { controllers: [Symbols] }, 'Symbols.Symbol(list)'],
    ['a method that a getter has taken the place of', { controllers: [Computed] }, 'Computed.list'],
    ['a method whose routes were copied before it was decorated', { controllers: [CopiedBefore] }, 'CopiedBefore.list'],
    ['a helper of a controller, also by a decorator that is enforced elsewhere', { controllers: [Sharing] }, 'Sharing.helper'],
  ])('an application does not start if a decorator on %s would require something', async (_where, metadata, name) => {
    await expect(start(metadata, {}, sockets)).rejects.toMatchObject({
      code: 'AUTHZ_UNENFORCED',
      message: expect.stringContaining(`No guard runs before ${name}, so the decorators there have no effect`) as string,
    });
  });

  it('starts if a decorator requires nothing', async () => {
    @Injectable()
    @AuthzMode('report')
    class Reporting {
      @Public() run() {
        return 'in';
      }
    }
    await expect(start(provided(Reporting))).resolves.toBeDefined();
  });

  it('enforces the decorators that were copied with a route', async () => {
    const app = await start({ controllers: [CopiedAfter] });
    await app.anonymous().get('/copied').expect(401);
    await app.as('viewer').get('/copied').expect(403);
    await app.as('admin').get('/copied').expect(200);
  });
});

it('a decorator on a static method, which nothing calls, throws when the class is loaded', () => {
  expect(() => {
    class Static {
      readonly isOne = true;
      @Ask() static list() {
        return 'in';
      }
    }
    return Static;
  }).toThrow('Static.list: @RequirePermissions("orders:delete") belongs on a method or a class, and not on a static method.');
});
