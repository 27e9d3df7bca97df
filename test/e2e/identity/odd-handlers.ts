import { applyDecorators, Controller, Get, Injectable, Scope, type Type } from '@nestjs/common';
import { Authenticated, Public, RequirePermissions } from '../../../lib/index.js';

/** Handlers that are another function than the method that was decorated, one way or another, and what each answers. */

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** As tutorials write a decorator: the function in the method's place has neither a name nor metadata. */
const log: MethodDecorator = (_prototype, _key, descriptor: PropertyDescriptor) => {
  const method = descriptor.value as Method;
  descriptor.value = function (this: unknown, ...args: unknown[]) {
    return method.apply(this, args);
  };
};

/** The same, but the function goes by the name of another method. */
const called =
  (name: string): MethodDecorator =>
  (prototype, key, descriptor) => {
    log(prototype, key, descriptor);
    Object.defineProperty(descriptor.value, 'name', { value: name });
  };

/** A function that calls another and has all its metadata, as tracing makes it. */
function copyOf(method: Method): Method {
  const copy: Method = function (...args) {
    return method.apply(this, args);
  };
  Object.defineProperty(copy, 'name', { value: method.name });
  for (const key of Reflect.getMetadataKeys(method) as string[])
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), copy);
  return copy;
}

@Controller('decorated')
class Decorated {
  @Get('page') @Public() page() {
    return 'in';
  }
  @Get('wrapped') @Authenticated() @log @RequirePermissions('orders:delete') wrapped() {
    return 'in';
  }
  @Get('all') @log @called('page') @RequirePermissions('orders:delete') all() {
    return 'in';
  }
  @Get('named') @called('page') @RequirePermissions('orders:delete') named() {
    return 'in';
  }
  @Get('composed') @Composed() composed() {
    return 'in';
  }
  @Get('open') @log @Public() open() {
    return 'in';
  }
}

function Composed() {
  return applyDecorators(Authenticated(), log, RequirePermissions('orders:delete'));
}

abstract class Base {
  @Get() @log @RequirePermissions('orders:delete') list() {
    return 'in';
  }
  @Get('inherited') @log @RequirePermissions('orders:delete') inherited() {
    return 'in';
  }
}
@Controller('derived')
class Derived extends Base {
  @Get() @Authenticated() @log override list() {
    return 'in';
  }
}

/** Looks public by names or by metadata. */
abstract class Replacing {
  constructor() {
    this.bound = this.page.bind(this);
    this.copied = copyOf(this.page) as () => string;
    this.assigned = () => 'in';
    this.itself = this.itself.bind(this);
  }
  @Get('page') @Public() page(): string {
    return 'in';
  }
  @Get('bound') @RequirePermissions('orders:delete') bound(): string {
    return 'in';
  }
  @Get('copied') @RequirePermissions('orders:delete') copied(): string {
    return 'in';
  }
  @Get('assigned') @RequirePermissions('orders:delete') assigned(): string {
    return 'in';
  }
  @Get('itself') @RequirePermissions('orders:delete') itself(): string {
    return 'in';
  }
}
@Controller('replacing')
class ReplacingOnce extends Replacing {}
@Controller({ path: 'replacing-each-time', scope: Scope.REQUEST })
class ReplacingEachTime extends Replacing {}

@Injectable({ scope: Scope.REQUEST, durable: true })
class Durable {}
@Controller('replacing-durably')
class ReplacingDurably extends Replacing {
  constructor(readonly durable: Durable) {
    super();
  }
}

/** One function in two places that ask for different things: the calls cannot be distinguished. */
@Controller('shared')
class Shared {
  constructor() {
    this.open = this.closed = () => 'in';
  }
  @Get('open') @Public() open(): string {
    return 'in';
  }
  @Get('closed') @RequirePermissions('orders:delete') closed(): string {
    return 'in';
  }
}

/** As a minifier leaves them: two classes of one name, whose methods have one as well. */
function minified(path: string, decorator: ClassDecorator & MethodDecorator): Type {
  @Controller(path)
  class a {
    @Get() @log @decorator a() {
      return 'in';
    }
  }
  for (const method of [a.prototype.a]) Object.defineProperty(method, 'name', { value: 'a' });
  return a;
}

function Crud(decorator: MethodDecorator) {
  abstract class Generated {
    @Get() @log @decorator list() {
      return 'in';
    }
  }
  return Generated;
}
@Controller('crud-open')
class CrudOpen extends Crud(Public()) {}
@Controller('crud-closed')
class CrudClosed extends Crud(RequirePermissions('orders:delete')) {}

/** As the handbook of TypeScript mixes classes: methods are copied, `constructor` as well. */
function mix(into: Type, from: Type): void {
  for (const key of Object.getOwnPropertyNames(from.prototype))
    Object.defineProperty(into.prototype, key, Object.getOwnPropertyDescriptor(from.prototype, key)!);
}
class Listing {
  @Get('wrapped') @Authenticated() @log @RequirePermissions('orders:delete') wrapped() {
    return 'in';
  }
  @Get('by-class') @Authenticated() byClass() {
    return 'in';
  }
}
@Controller('mixed')
@RequirePermissions('orders:delete')
class Mixed {}
mix(Mixed, Listing);

/** Class decorators that put something in the place of the class. */
const proxied: ClassDecorator = (type) => new Proxy(type, {});
const counted: ClassDecorator = (type) => {
  const replaced = function (...args: unknown[]) {
    return Reflect.construct(type, args, replaced) as object;
  };
  replaced.prototype = type.prototype as object;
  return replaced as never;
};
@Controller('proxied')
@RequirePermissions('orders:delete')
@proxied
class Proxied {
  @Get() @Authenticated() list() {
    return 'in';
  }
}
@Controller('counted')
@RequirePermissions('orders:delete')
@counted
class Counted {
  @Get() @Authenticated() list() {
    return 'in';
  }
}

export const ODD_CONTROLLERS: readonly Type[] = [
  Decorated,
  Derived,
  ReplacingOnce,
  ReplacingEachTime,
  ReplacingDurably,
  Shared,
  minified('minified-open', Public()),
  minified('minified-closed', RequirePermissions('orders:delete')),
  CrudOpen,
  CrudClosed,
  Mixed,
  Proxied,
  Counted,
];
export const ODD_PROVIDERS: readonly Type[] = [Durable];

/** Statuses without a token, with the role of a viewer, with that of an administrator. */
type Statuses = readonly [anonymous: number, viewer: number, admin: number];
const OPEN: Statuses = [200, 200, 200];
const GUARDED: Statuses = [401, 403, 200];
const CLOSED: Statuses = [401, 403, 403];

export const ODD_ROUTES: readonly (readonly [path: string, statuses: Statuses])[] = [
  ['/decorated/page', OPEN],
  ['/decorated/open', OPEN],
  ...['wrapped', 'all', 'named', 'composed'].map((path) => [`/decorated/${path}`, GUARDED] as const),
  ['/derived', GUARDED],
  ['/derived/inherited', GUARDED],
  ...['replacing', 'replacing-each-time', 'replacing-durably'].flatMap((controller) => [
    [`/${controller}/page`, OPEN] as const,
    ...['bound', 'copied', 'assigned', 'itself'].map((path) => [`/${controller}/${path}`, GUARDED] as const),
  ]),
  ['/shared/open', CLOSED],
  ['/shared/closed', CLOSED],
  ['/minified-open', OPEN],
  ['/minified-closed', GUARDED],
  ['/crud-open', OPEN],
  ['/crud-closed', GUARDED],
  ['/mixed/wrapped', GUARDED],
  ['/mixed/by-class', GUARDED],
  ['/proxied', GUARDED],
  ['/counted', GUARDED],
];
