import { All, applyDecorators, Controller, Delete, Get, Post, VersioningType } from '@nestjs/common';
import {
  Authenticated,
  AuthzConfigError,
  CurrentPrincipal,
  OptionalAuth,
  Public,
  RequireAnyPermission,
  RequireAnyRole,
  RequireAnyScope,
  RequirePermissions,
  RequireRoles,
  RequireScopes,
  type Principal,
} from '../../lib/index.js';
import type { AuthzTestApp, TestCaller } from '../../lib/testing/index.js';
import { onBothAdapters } from './on-both-adapters.js';
import { rawRequest } from './raw-request.js';

const ManageOrders = () => applyDecorators(RequirePermissions('orders:read'), Get('composed'), RequireRoles('admin'));
const ManageOrdersInOtherOrder = () =>
  applyDecorators(Get('composed-otherwise'), applyDecorators(RequireRoles('admin')), RequirePermissions('orders:read'));

@Controller('on-handlers')
class OnHandlers {
  @Get('all-permissions') @RequirePermissions('orders:read', 'orders:create') allPermissions() {
    return 'in';
  }
  @Get('any-permission') @RequireAnyPermission('orders:create', 'orders:delete') anyPermission() {
    return 'in';
  }
  @Get('all-roles') @RequireRoles('viewer', 'clerk') allRoles() {
    return 'in';
  }
  @Get('any-role') @RequireAnyRole('clerk', 'admin') anyRole() {
    return 'in';
  }
  @Get('all-scopes') @RequireScopes('orders.read', 'orders.write') allScopes() {
    return 'in';
  }
  @Get('any-scope') @RequireAnyScope('orders.read', 'orders.write') anyScope() {
    return 'in';
  }
  @Get('authenticated') @Authenticated() authenticated() {
    return 'in';
  }
  @Get('public') @Public() public() {
    return 'in';
  }
  @Get('optional') @OptionalAuth() optional(@CurrentPrincipal() principal: Principal | undefined) {
    return { caller: principal?.subject ?? 'no caller' };
  }
  @Get('undecorated') undecorated() {
    return 'in';
  }
  @Get('two') @RequirePermissions('orders:read') @RequireScopes('orders.read') two() {
    return 'in';
  }
  @ManageOrders() composed() {
    return 'in';
  }
  @ManageOrdersInOtherOrder() composedOtherwise() {
    return 'in';
  }
}

@Controller('permissions-class')
@RequirePermissions('orders:read')
class PermissionsClass {
  @Get() plain() {
    return 'in';
  }
  @Get('more') @RequirePermissions('orders:create') more() {
    return 'in';
  }
  @Get('open') @Public() open() {
    return 'in';
  }
  @Get('optional') @OptionalAuth() optional() {
    return 'in';
  }
  @Get('authenticated') @Authenticated() authenticated() {
    return 'in';
  }
}

@Controller('any-permission-class')
@RequireAnyPermission('orders:create', 'orders:delete')
class AnyPermissionClass {
  @Get() plain() {
    return 'in';
  }
}

@Controller('roles-class')
@RequireRoles('viewer', 'clerk')
class RolesClass {
  @Get() plain() {
    return 'in';
  }
}

@Controller('any-role-class')
@RequireAnyRole('clerk', 'admin')
class AnyRoleClass {
  @Get() plain() {
    return 'in';
  }
}

@Controller('scopes-class')
@RequireScopes('orders.read', 'orders.write')
class ScopesClass {
  @Get() plain() {
    return 'in';
  }
}

@Controller('any-scope-class')
@RequireAnyScope('orders.read', 'orders.write')
class AnyScopeClass {
  @Get() plain() {
    return 'in';
  }
}

@Controller('authenticated-class')
@Authenticated()
class AuthenticatedClass {
  @Get() plain() {
    return 'in';
  }
  @Get('more') @RequirePermissions('orders:create') more() {
    return 'in';
  }
}

@Controller('public-class')
@Public()
class PublicClass {
  @Get() plain() {
    return 'in';
  }
  @Get('closed') @RequirePermissions('orders:read') closed() {
    return 'in';
  }
  @Get('authenticated') @Authenticated() authenticated() {
    return 'in';
  }
}

@Controller('optional-class')
@OptionalAuth()
class OptionalClass {
  @Get() plain() {
    return 'in';
  }
  @Get('closed') @RequirePermissions('orders:read') closed() {
    return 'in';
  }
}

@RequirePermissions('orders:read')
class GuardedBase {
  @Get('inherited') inherited() {
    return 'in';
  }
  @Get('create') @RequirePermissions('orders:create') create() {
    return 'in';
  }
  @Get('health') @Public() health() {
    return 'in';
  }
}

@Controller('subclass')
class Subclass extends GuardedBase {
  @Get('own') own() {
    return 'in';
  }
}

@Controller('overriding')
class Overriding extends GuardedBase {
  @Get('create') override create() {
    return 'overridden';
  }
}

@Controller('grandchild')
class Grandchild extends Overriding {
  @Get('create') @RequireScopes('orders.write') override create() {
    return 'overridden twice';
  }
}

@Controller('shapes')
@RequirePermissions('orders:read')
class Shapes {
  @Get(['one', 'two/:id']) several() {
    return 'in';
  }
  @All('any') any() {
    return 'in';
  }
  @Get('files/*') wildcard() {
    return 'in';
  }
  @Post('create') @RequirePermissions('orders:create') create() {
    return 'in';
  }
}

@Controller({ path: 'versioned', version: '1' })
@RequirePermissions('orders:read')
class VersionOne {
  @Get() list() {
    return 'one';
  }
}

@Controller({ path: 'versioned', version: '2' })
@RequirePermissions('orders:delete')
class VersionTwo {
  @Get() list() {
    return 'two';
  }
}

@Controller('parent')
@Public()
class Parent {
  @Get() index() {
    return 'in';
  }
}

@Controller('parent/child')
@RequirePermissions('orders:read')
class Child {
  @Get(':id') one() {
    return 'in';
  }
}

const CONTROLLERS = [
  OnHandlers,
  PermissionsClass,
  AnyPermissionClass,
  RolesClass,
  AnyRoleClass,
  ScopesClass,
  AnyScopeClass,
  AuthenticatedClass,
  PublicClass,
  OptionalClass,
  Subclass,
  Overriding,
  Grandchild,
  Shapes,
  VersionOne,
  VersionTwo,
  Parent,
  Child,
];

onBothAdapters(({ start }) => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    app = await start(
      { controllers: CONTROLLERS },
      {},
      { configure: (nest) => nest.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' }) },
    );
  });

  /** A caller as a row names it: `-` has no token, `role role`, `+scope` for scopes. */
  function caller(words: string): TestCaller {
    if (words === '-') return app.anonymous();
    const names = words.split(' ').filter((word) => word !== 'no-roles');
    const scope = names
      .filter((name) => name.startsWith('+'))
      .map((name) => name.slice(1))
      .join(' ');
    return app.withToken(app.token({ roles: names.filter((name) => !name.startsWith('+')), ...(scope && { scope }) }));
  }

  describe.each([
    // decorator on a handler, then on a class: paths, who gets in, who does not
    ['RequirePermissions', ['/on-handlers/all-permissions'], ['clerk', 'admin'], ['no-roles', 'viewer', 'auditor', 'unknown']],
    ['RequirePermissions on a class', ['/permissions-class'], ['viewer', 'clerk', 'admin'], ['no-roles', '+orders:read']],
    [
      'RequireAnyPermission',
      ['/on-handlers/any-permission', '/any-permission-class'],
      ['clerk', 'admin'],
      ['no-roles', 'viewer', 'auditor'],
    ],
    [
      'RequireRoles',
      ['/on-handlers/all-roles', '/roles-class'],
      ['viewer clerk', 'clerk viewer x'],
      ['viewer', 'clerk', 'admin'],
    ],
    ['RequireAnyRole', ['/on-handlers/any-role', '/any-role-class'], ['clerk', 'admin viewer'], ['viewer', 'no-roles', '+clerk']],
    [
      'RequireScopes',
      ['/on-handlers/all-scopes', '/scopes-class'],
      ['+orders.read +orders.write'],
      ['+orders.read', 'admin', 'orders.read orders.write'],
    ],
    ['RequireAnyScope', ['/on-handlers/any-scope', '/any-scope-class'], ['+orders.write', '+x +orders.read'], ['+x', 'admin']],
    ['Authenticated', ['/on-handlers/authenticated', '/authenticated-class'], ['no-roles', 'viewer'], []],
    ['two decorators on one handler', ['/on-handlers/two'], ['viewer +orders.read'], ['viewer', '+orders.read']],
    [
      'applyDecorators in any order',
      ['/on-handlers/composed', '/on-handlers/composed-otherwise'],
      ['admin', 'admin viewer'],
      ['viewer', 'no-roles'],
    ],
    ['a handler under a class adds up: RequirePermissions', ['/permissions-class/more'], ['clerk'], ['viewer', 'no-roles']],
    ['a handler under a class adds up: Authenticated below', ['/permissions-class/authenticated'], ['viewer'], ['no-roles']],
    ['a handler under a class adds up: Authenticated above', ['/authenticated-class/more'], ['clerk'], ['viewer', 'no-roles']],
    ['a requirement under a public class', ['/public-class/closed'], ['viewer'], ['no-roles']],
    ['Authenticated under a public class', ['/public-class/authenticated'], ['no-roles'], []],
    ['a requirement under an optional class', ['/optional-class/closed'], ['viewer'], ['no-roles']],
    ['an inherited method', ['/subclass/create', '/overriding/inherited'], ['clerk'], ['no-roles']],
    ['an inherited method with a requirement of its own', ['/subclass/create'], ['clerk'], ['viewer']],
    ['a method under the decorators of the base class', ['/subclass/own', '/subclass/inherited'], ['viewer'], ['no-roles']],
    ['an overriding method that only declares its route again', ['/overriding/create'], ['clerk'], ['viewer', 'no-roles']],
    ['a method overridden twice', ['/grandchild/create'], ['clerk +orders.write'], ['clerk', 'viewer +orders.write']],
    ['each path of a handler with several', ['/shapes/one', '/shapes/two/7'], ['viewer'], ['no-roles']],
    ['a wildcard path', ['/shapes/files/a', '/shapes/files/a/b.txt'], ['viewer'], ['no-roles']],
  ])('%s', (_name, paths, ins, outs) => {
    it.each(paths)('%s', async (path) => {
      await app.anonymous().get(path).expect(401);
      for (const words of ins) await caller(words).get(path).expect(200);
      for (const words of outs) await caller(words).get(path).expect(403);
    });
  });

  it.each(['/on-handlers/public', '/permissions-class/open', '/public-class', '/subclass/health', '/parent'])(
    '@Public() lets anyone in at %s and does not read a token',
    async (path) => {
      await app.anonymous().get(path).expect(200);
      await app.withToken('no.token').get(path).expect(200);
    },
  );

  it('@OptionalAuth() lets a request without a token in, with no principal', async () => {
    await app.anonymous().get('/on-handlers/optional').expect(200, { caller: 'no caller' });
  });

  it('@OptionalAuth() finds the caller of a valid token and responds with 401 to an invalid one', async () => {
    const good = app.token({ sub: 'ann' });
    await app.withToken(good).get('/on-handlers/optional').expect(200, { caller: 'ann' });
    for (const path of ['/on-handlers/optional', '/permissions-class/optional', '/optional-class']) {
      await app.anonymous().get(path).expect(200);
      await app.withToken(`${good}x`).get(path).expect(401);
    }
  });

  it('a handler without any decorator is closed: 401 without a token, 403 with any', async () => {
    await app.anonymous().get('/on-handlers/undecorated').expect(401);
    await app.as('admin').get('/on-handlers/undecorated').expect(403);
  });

  it("undecorated: 'authenticated' opens it to any valid token and to no one else", async () => {
    const relaxed = await start(OnHandlers, { undecorated: 'authenticated' });
    await relaxed.anonymous().get('/on-handlers/undecorated').expect(401);
    await relaxed.as().get('/on-handlers/undecorated').expect(200);
    await relaxed.as().get('/on-handlers/all-permissions').expect(403);
  });

  it('guards each version of a route on its own', async () => {
    await app.as('viewer').get('/versioned').set('x-version', '1').expect(200, 'one');
    await app.as('viewer').get('/versioned').set('x-version', '2').expect(403);
    await app.as('admin').get('/versioned').set('x-version', '2').expect(200, 'two');
    await app.anonymous().get('/versioned').set('x-version', '2').expect(401);
  });

  it('guards HEAD like the GET route that handles it', async () => {
    await app.anonymous().head('/permissions-class').expect(401);
    await app.as().head('/permissions-class').expect(403);
    await app.as('viewer').head('/permissions-class').expect(200);
  });

  it.each(['get', 'post', 'put', 'patch', 'delete', 'options'] as const)('guards %s of an @All() route', async (method) => {
    await app.anonymous()[method]('/shapes/any').expect(401);
    await app.as()[method]('/shapes/any').expect(403);
    expect((await app.as('viewer')[method]('/shapes/any')).status).toBeLessThan(300);
  });

  it('guards POST as it guards GET', async () => {
    await app.anonymous().post('/shapes/create').send({ a: 1 }).expect(401);
    await app.as('viewer').post('/shapes/create').send({ a: 1 }).expect(403);
    await app.as('clerk').post('/shapes/create').send({ a: 1 }).expect(201);
  });

  it.each([
    '/parent/child/a',
    '/parent/CHILD/a',
    '/PARENT/child/a',
    '/parent/child/a/',
    '/parent/child/a//',
    '/parent//child/a',
    '//parent/child/a',
    '/parent/./child/a',
    '/parent/x/../child/a',
    '/parent/%63hild/a',
    '/parent%2Fchild/a',
    '/parent/child%2Fa',
    '/parent/child/%2e',
    '/parent/child/a;x=1',
    '/parent/child/a?x=/parent',
    '/parent/child/a%00',
    '/parent/child/%',
    'http://127.0.0.1/parent/child/a',
  ])('%s meets the guard or no route at all', async (path) => {
    const anonymous = await rawRequest(app, `GET ${path}`);
    expect(anonymous.status === 401 || anonymous.status === 404 || anonymous.status === 400).toBe(true);
    const without = await rawRequest(app, `GET ${path}`, [`Authorization: Bearer ${app.token()}`]);
    expect(without.status).toBe(anonymous.status === 401 ? 403 : anonymous.status);
  });

  it('responds with 404, not a refusal, if there is no route', async () => {
    await app.anonymous().get('/nowhere').expect(404);
  });

  describe('what contradicts itself stops the start with one message', () => {
    @Controller()
    class OnAMethod {
      @Get() @Public() @RequirePermissions('orders:read') list() {
        return 'in';
      }
    }
    @Controller()
    @OptionalAuth()
    @RequireRoles('admin')
    class OnAClass {
      @Get() list() {
        return 'in';
      }
    }
    @Controller()
    class Both {
      @Get() @Public() @OptionalAuth() list() {
        return 'in';
      }
    }
    @Controller()
    class OverAnInheritedRequirement extends GuardedBase {
      @Get('create') @Public() override create() {
        return 'in';
      }
    }
    it.each([
      [OnAMethod, 'OnAMethod.list is @RequirePermissions("orders:read") and @Public() at once (its own or inherited).'],
      [OnAClass, 'OnAClass is @RequireRoles("admin") and @OptionalAuth() at once (its own or inherited).'],
      [Both, 'Both.list is @OptionalAuth() and @Public() at once (its own or inherited).'],
      [
        OverAnInheritedRequirement,
        'OverAnInheritedRequirement.create is @Public() and @RequirePermissions("orders:create") at once (its own or inherited).',
      ],
    ])('%p', async (controller, message) => {
      const error: unknown = await start(controller).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AuthzConfigError);
      expect(error).toMatchObject({ code: 'AUTHZ_CONTRADICTION', message: `${message} Remove one of them.` });
    });
  });
});

describe('a decorator that makes no sense throws when the class is loaded', () => {
  const loosely = (decorator: unknown) => decorator as (...names: unknown[]) => MethodDecorator;
  const load = (decorator: MethodDecorator) => () => {
    class Orders {
      @Delete() @decorator remove() {
        return 'in';
      }
    }
    return Orders;
  };
  const loadOnClass = (decorator: ClassDecorator) => () => {
    @decorator
    class Orders {}
    return Orders;
  };

  it.each([
    ['RequirePermissions', RequirePermissions],
    ['RequireAnyPermission', RequireAnyPermission],
    ['RequireRoles', RequireRoles],
    ['RequireAnyRole', RequireAnyRole],
    ['RequireScopes', RequireScopes],
    ['RequireAnyScope', RequireAnyScope],
  ])('@%s() without a name', (name, decorator) => {
    expect(load(loosely(decorator)())).toThrow(`Orders.remove: @${name}() must name one or more`);
    expect(loadOnClass(loosely(decorator)() as unknown as ClassDecorator)).toThrow(`Orders: @${name}() must name one or more`);
  });

  it.each(['*', 'orders:*', 'orders:*:read', '', ':', 'orders:', 'orders read', 'orders:read ', undefined, null, 7, {}, ['a:b']])(
    'a permission written %p',
    (name) => {
      for (const decorator of [RequirePermissions, RequireAnyPermission]) {
        expect(load(loosely(decorator)('orders:read', name))).toThrow(AuthzConfigError);
        expect(load(loosely(decorator)(name))).toThrow('without wildcards (those belong in the mapping)');
      }
    },
  );

  it.each(['', '  ', undefined, 7])('a role written %p', (name) => {
    expect(load(loosely(RequireRoles)(name))).toThrow('names of roles such as "clerk"');
  });

  it.each(['', 'orders read', 'a"b', 'a\\b', 'ä', undefined])('a scope written %p', (name) => {
    expect(load(loosely(RequireAnyScope)(name))).toThrow('OAuth scopes such as "orders.read"');
  });
});
