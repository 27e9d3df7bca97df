import {
  All,
  Controller,
  Delete,
  Get,
  Injectable,
  Post,
  VersioningType,
  type INestApplication,
  type MiddlewareConsumer,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { Transport } from '@nestjs/microservices';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import {
  Authenticated,
  AuthzConfigError,
  AuthzGuard,
  AuthzRefusedException,
  Public,
  RequirePermissions,
  RequireRoles,
} from '../../../lib/index.js';
import type { AuthzTestApp } from '../../../lib/testing/index.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { rawRequest } from '../raw-request.js';

/** Every known way past a guard of Nest, and what this library does there. */

class Base {
  @Get('inherited') @RequirePermissions('orders:delete') inherited() {
    return 'in';
  }
  @Get('overridden') @RequirePermissions('orders:delete') overridden() {
    return 'in';
  }
}

@Controller('child')
@Authenticated()
class Child extends Base {
  @Get('overridden') override overridden() {
    return 'in';
  }
  @Get('both') @RequirePermissions('orders:delete') both() {
    return 'in';
  }
  @Get('a') a() {
    return 'in';
  }
}

@Controller('open')
@Public()
class Open {
  @Get() open() {
    return 'in';
  }
  @Get('closed') @RequirePermissions('orders:delete') closed() {
    return 'in';
  }
}

/** Replaces a decorated method, as decorators for retries, caches or transactions do. */
const wrapped: MethodDecorator = (_prototype, _key, descriptor: PropertyDescriptor) => {
  const method = descriptor.value as (...args: unknown[]) => unknown;
  descriptor.value = function (this: unknown, ...args: unknown[]) {
    return method.apply(this, args);
  };
};

@Controller('replaced')
@Authenticated()
class Replaced {
  constructor() {
    this.bound = this.bound.bind(this);
    this.assigned = () => 'in';
  }
  @Delete('bound') @RequirePermissions('orders:delete') bound() {
    return 'in';
  }
  @Delete('wrapped') @wrapped @RequirePermissions('orders:delete') wrapped() {
    return 'in';
  }
  @Delete('assigned') @RequirePermissions('orders:delete') assigned() {
    return 'in';
  }
}

@Controller('roles')
class Roles {
  @Get() @RequireRoles('admin') list() {
    return 'in';
  }
}

@Controller({ path: 'versioned', version: '1' })
class VersionOne {
  @Get() @Authenticated() list() {
    return 'one';
  }
}
@Controller({ path: 'versioned', version: '2' })
class VersionTwo {
  @Get() list() {
    return 'two';
  }
}

const CONTROLLERS: Type[] = [Child, Open, Replaced, Roles, VersionOne, VersionTwo];

/** Spellings of `/child/a` that have led past middleware bound to that path. */
const SPELLINGS = [
  '/CHILD/a',
  '/child/a/',
  '/%63hild/a',
  '//child/a',
  '/child//a',
  '/child/a?',
  '/child/%61',
  '/child/a;x',
  'http://127.0.0.1/child/a',
];

onBothAdapters(({ start }) => {
  let app: AuthzTestApp;
  const configure = (nest: INestApplication) => {
    nest.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' });
    const adapter = nest.getHttpAdapter();
    adapter.get('/behind-nest', (_request: unknown, response: unknown) => void adapter.reply(response, 'in', 200));
  };
  beforeAll(async () => {
    app = await start({ controllers: CONTROLLERS }, {}, { configure });
  });
  const viewer = () => app.as('viewer');

  /** Refuses callers without a token or permission; admits callers with the permission. */
  async function closed(method: 'get' | 'delete', path: string): Promise<void> {
    await app.anonymous()[method](path).expect(401);
    await viewer()[method](path).expect(403);
    await app.as('admin')[method](path).expect(200);
  }

  it('a subclass inherits a decorated method: the requirement stays', async () => {
    await closed('get', '/child/inherited');
  });

  it('a subclass overrides it with @Get() alone: the requirement stays', async () => {
    await closed('get', '/child/overridden');
  });

  it('class and method both have a requirement: both count', async () => {
    await closed('get', '/child/both');
  });

  it('@Public() on a class opens no method that has a requirement', async () => {
    await app.anonymous().get('/open').expect(200);
    await closed('get', '/open/closed');
  });

  it.each(['bound', 'wrapped'])('a method that was %s keeps its requirement', async (path) => {
    await closed('delete', `/replaced/${path}`);
  });

  it('a function that a constructor assigned in place of a method has the requirement of the method and its class', async () => {
    await closed('delete', '/replaced/assigned');
  });

  it('a version without a decorator is closed, whatever decorators the other version has', async () => {
    await viewer().get('/versioned').set('x-version', '1').expect(200, 'one');
    await app.anonymous().get('/versioned').set('x-version', '2').expect(401);
    await app.as('admin').get('/versioned').set('x-version', '2').expect(403);
  });

  it('HEAD on a GET route meets the guard', async () => {
    await app.anonymous().head('/child/both').expect(401);
    await viewer().head('/child/both').expect(403);
    await app.as('admin').head('/child/both').expect(200);
  });

  it('OPTIONS runs no handler, and a preflight is answered before any', async () => {
    await app.anonymous().options('/child/both').expect(404);
    const crossOrigin = await start(Child, {}, { configure: (nest) => nest.enableCors() });
    const preflight = await crossOrigin
      .anonymous()
      .options('/child/both')
      .set({ origin: 'https://shop.test', 'access-control-request-method': 'GET' });
    expect([preflight.status, preflight.text]).toEqual([204, '']);
  });

  it('OPTIONS of a route that handles it meets the guard', async () => {
    @Controller('any')
    class Any {
      @All() @RequirePermissions('orders:read') any() {
        return 'in';
      }
    }
    const other = await start(Any);
    await other.anonymous().options('/any').expect(401);
    await other.as().options('/any').expect(403);
  });

  it('a route added to the web framework itself is open: no guard of Nest covers the route (README)', async () => {
    await app.anonymous().get('/behind-nest').expect(200);
  });

  it('an unknown route is 404 for everyone', async () => {
    await app.anonymous().get('/nowhere').expect(404);
    await app.as('admin').get('/nowhere').expect(404);
  });

  it.each(SPELLINGS)('%s meets the guard, or no route', async (path) => {
    expect([400, 401, 404]).toContain((await rawRequest(app, `GET ${path}`)).status);
  });

  it('none of them passes the guard, even if it passes a middleware bound to the path', async () => {
    class Guarding {
      configure(consumer: MiddlewareConsumer): void {
        const refuse = (_request: unknown, response: { statusCode: number; end(text: string): void }) => {
          response.statusCode = 418;
          response.end('middleware');
        };
        consumer.apply(refuse).forRoutes('child/a');
      }
    }
    const guarded = await start({ controllers: [Child], imports: [{ module: Guarding }] });
    expect((await rawRequest(guarded, 'GET /child/a')).status).toBe(418);
    for (const path of SPELLINGS) expect([400, 401, 404, 418]).toContain((await rawRequest(guarded, `GET ${path}`)).status);
  });

  it('useGlobalGuards() with the class stops the start', async () => {
    const byClass = (nest: INestApplication) => nest.useGlobalGuards(AuthzGuard as never);
    await expect(start({ controllers: CONTROLLERS }, {}, { configure: byClass })).rejects.toThrow();
  });

  it('a microservice without inheritAppConfig stops the start', async () => {
    const microservice = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } };
    const connect = (nest: INestApplication) => nest.connectMicroservice(microservice);
    await expect(start({ controllers: CONTROLLERS }, {}, { configure: connect })).rejects.toThrow(AuthzConfigError);
  });

  it('a gateway without a guarded adapter stops the start, also one that only sends', async () => {
    @WebSocketGateway()
    class News {
      @WebSocketServer() readonly server: unknown;
    }
    await expect(start({ providers: [News] })).rejects.toMatchObject({
      code: 'AUTHZ_WEBSOCKETS_UNGUARDED',
      message: expect.stringContaining('connects to News') as string,
    });
  });

  describe('a handler that another package calls', () => {
    type Handler = (...args: unknown[]) => Promise<unknown>;
    @Injectable()
    class Consumers {
      @RequirePermissions('orders:read') consume() {
        return 'in';
      }
      @Public() consumePublic() {
        return 'in';
      }
    }
    /** Created like the handlers of broker packages, at initialisation. Without a type it is 'http', without a request. */
    @Injectable()
    class Broker implements OnModuleInit {
      readonly handlers = new Map<string, Handler>();
      constructor(
        private readonly creator: ExternalContextCreator,
        private readonly consumers: Consumers,
      ) {}
      onModuleInit() {
        const all = { guards: true, interceptors: true, filters: true };
        for (const type of ['rmq', undefined])
          for (const name of ['consume', 'consumePublic'] as const) {
            const rest = [undefined, undefined, undefined, undefined, all, type as never] as const;
            const handler = this.creator.create(this.consumers, this.consumers[name], name, ...rest) as Handler;
            this.handlers.set(`${type}: ${name}`, handler);
          }
      }
    }

    it.each([
      ['rmq', 'consume'],
      ['rmq', 'consumePublic'],
      [undefined, 'consume'],
      [undefined, 'consumePublic'],
    ] as const)('is refused in a context of type %s: %s', async (type, name) => {
      const other = await start({ providers: [Consumers, Broker] });
      const handler = other.app.get(Broker).handlers.get(`${type}: ${name}`)!;
      const message = { rawHeaders: ['authorization', `Bearer ${other.token({ roles: ['admin'] })}`] };
      for (const args of [[], [message], [message, 'raw'], [message, null]]) {
        const refused = await handler(...args).catch((thrown: unknown) => thrown);
        expect(refused).toBeInstanceOf(AuthzRefusedException);
        expect(refused).toMatchObject({ reason: 'context_unknown', status: 403 });
      }
    });
  });

  it('a call without a request object is refused', () => {
    const guard = app.app.get(AuthzGuard);
    for (const type of ['http', 'ws', 'rpc', 'graphql', 'rmq', '', 'constructor']) {
      const nothing = new ExecutionContextHost([], Child, Child.prototype.both);
      nothing.setType(type);
      expect(() => guard.canActivate(nothing)).toThrow(AuthzRefusedException);
    }
  });

  it('a caller without a role has no permission: empty is not a wildcard', async () => {
    for (const roles of [[], undefined, null, '', {}, 'admin', [''], [['admin']]]) {
      const token = app.issuer.token({ iss: 'https://id.acme.test', aud: 'orders', roles: roles as never });
      await app.withToken(token).get('/roles').expect(403);
    }
    await app.as('admin').get('/roles').expect(200);
  });

  it('a decorator without arguments throws when the class is loaded', () => {
    const decorate = () => {
      @Controller()
      class Empty {
        // @ts-expect-error -- nor does it compile
        @Post() @RequireRoles() create() {
          return 'in';
        }
      }
      return Empty;
    };
    expect(decorate).toThrow(AuthzConfigError);
  });
});
