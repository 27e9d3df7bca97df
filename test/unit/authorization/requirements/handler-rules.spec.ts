import { Controller, Get, Sse, type MessageEvent } from '@nestjs/common';
import { ResolveField } from '@nestjs/graphql';
import { MessagePattern } from '@nestjs/microservices';
import { EMPTY, type Observable } from 'rxjs';
import {
  Authenticated,
  AuthzMode,
  ControlPlane,
  HandlerRules,
  OptionalAuth,
  Public,
  RepeatedWarnings,
  RequirePermissions,
  ServiceTask,
} from '../../../../lib/authorization/index.js';
import { ReportMode } from '../../../../lib/authorization/trial/report-mode.js';
import { PermissionSet, type Principal } from '../../../../lib/core/index.js';
import { parseAuthorizationSettings } from '../../../../lib/authorization/authorization-settings.js';
import type { EnforcementMode } from '../../../../lib/authorization/requirements/enforcement-mode.js';
import { notePlace } from '../../../../lib/authorization/requirements/handler-places.js';
import type { Class, Handler } from '../../../../lib/authorization/requirements/requirement-metadata.js';
import { KINDS } from '../handler-kinds.js';

const ruleOf = (of: Class, name: string, mode: EnforcementMode = 'enforce') =>
  new HandlerRules({ undecorated: 'deny', mode }, KINDS).of(of, (of.prototype as Record<string, Handler>)[name]!);

@AuthzMode('report')
class Migrating {
  @RequirePermissions('a:b') list() {
    return 1;
  }
  @AuthzMode('enforce') @RequirePermissions('a:b') remove() {
    return 1;
  }
}

class Plain {
  @RequirePermissions('a:b') list() {
    return 1;
  }
  @RequirePermissions('a:b') @AuthzMode('report') remove() {
    return 1;
  }
}

describe('the rule of a handler', () => {
  it('is compiled once per class and handler, and names it', () => {
    class Once {
      @Authenticated() handle() {
        return 1;
      }
    }
    const rules = new HandlerRules({ undecorated: 'deny', mode: 'enforce' }, KINDS);
    const rule = rules.of(Once, Once.prototype.handle);
    expect(rule).toEqual({
      name: 'Once.handle',
      requirement: { access: 'authenticated', clauses: [] },
      mode: 'enforce',
    });
    expect(rules.of(Once, Once.prototype.handle)).toBe(rule);
  });

  it('names a handler that another decorator has wrapped', () => {
    class Wrapped {
      handle() {
        return 1;
      }
    }
    Object.defineProperty(Wrapped.prototype, 'handle', { value: () => 2 });
    expect(ruleOf(Wrapped, 'handle').name).toBe('Wrapped.handle');
  });

  it.each<[string, Class, string, EnforcementMode, EnforcementMode]>([
    ['the class', Migrating, 'list', 'enforce', 'report'],
    ['the handler before the class', Migrating, 'remove', 'report', 'enforce'],
    ['the handler', Plain, 'remove', 'enforce', 'report'],
    ['the option where neither says anything', Plain, 'list', 'report', 'report'],
    ['the option where neither says anything, by default', Plain, 'list', 'enforce', 'enforce'],
  ])('takes its mode from %s', (_from, of, name, option, expected) => {
    expect(ruleOf(of, name, option).mode).toBe(expected);
  });

  it('keeps what base classes and overridden methods say of the mode, unless something nearer says otherwise', () => {
    class Inheriting extends Migrating {
      override remove() {
        return 2;
      }
    }
    @AuthzMode('enforce')
    class Enforcing extends Migrating {
      override list() {
        return 2;
      }
    }
    expect(ruleOf(Inheriting, 'list').mode).toBe('report');
    expect(ruleOf(Inheriting, 'remove', 'report').mode).toBe('enforce');
    expect(ruleOf(Enforcing, 'list', 'report').mode).toBe('enforce');
  });

  it('stays closed where only the mode is stated', () => {
    @AuthzMode('report')
    class Silent {
      handle() {
        return 1;
      }
    }
    expect(ruleOf(Silent, 'handle')).toMatchObject({ requirement: { access: 'unstated' }, mode: 'report' });
  });
});

describe('a function that is called as a handler', () => {
  @Public()
  class Orders {
    @RequirePermissions('a:b') remove() {
      return 1;
    }
    open() {
      return 1;
    }
  }
  class Derived extends Orders {
    override remove() {
      return 2;
    }
  }
  const rules = new HandlerRules({ undecorated: 'authenticated', mode: 'report' }, KINDS);
  const asked = { access: 'authenticated', clauses: [{ among: 'permissions', need: 'all', names: ['a:b'] }] };
  const closed = { requirement: { access: 'unstated' }, mode: 'enforce', doubt: expect.any(String) as string };
  /** As what traces calls makes it: another function of the same name, perhaps with the same metadata. */
  const traced = (method: Handler, withMetadata: boolean): Handler => {
    const wrapper = () => 1;
    Object.defineProperty(wrapper, 'name', { value: method.name });
    if (withMetadata)
      for (const key of Reflect.getMetadataKeys(method) as string[])
        Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapper);
    return wrapper;
  };

  it('is the handler whose property holds it, also where that is a base class that is overridden', () => {
    expect(rules.of(Orders, Orders.prototype.remove)).toMatchObject({ name: 'Orders.remove', requirement: asked });
    expect(rules.of(Derived, Derived.prototype.remove)).toMatchObject({ name: 'Derived.remove', requirement: asked });
    expect(rules.of(Derived, Orders.prototype.remove)).toMatchObject({ name: 'Derived.remove', requirement: asked });
  });

  it.each<[string, Handler]>([
    ['bound', Orders.prototype.open.bind({})],
    ['of the same name', traced(Orders.prototype.open, false)],
    ['of the same name and metadata', traced(Orders.prototype.open, true)],
    ['with what another handler asks for', traced(Orders.prototype.remove, true)],
    ['without a name', () => 1],
  ])('is closed where Nest has not named its property, whatever its name and metadata are: %s', (_how, handler) => {
    expect(rules.of(Orders, handler)).toMatchObject(closed);
  });

  it('is the handler whose property Nest has named, whatever its name and metadata are', () => {
    const handler = traced(Orders.prototype.open, true);
    notePlace(new Orders(), 'remove', handler);
    expect(rules.of(Orders, handler)).toMatchObject({ name: 'Orders.remove', requirement: asked });
    notePlace(new Derived(), 'open', handler);
    expect(rules.of(Derived, handler)).toMatchObject({ name: 'Derived.open', requirement: { access: 'public' } });
    expect(rules.of(Orders, handler)).toMatchObject({ name: 'Orders.remove', requirement: asked });
  });

  it('is closed where it stands for handlers that ask for different things, and each of them is', () => {
    class Sharing extends Orders {}
    const handler = () => 1;
    for (const key of ['open', 'remove']) notePlace(new Sharing(), key, handler);
    const sharing = new HandlerRules({ undecorated: 'deny', mode: 'enforce' }, KINDS);
    expect(sharing.of(Sharing, handler)).toMatchObject({ ...closed, name: 'Sharing.open or Sharing.remove' });
    for (const key of ['open', 'remove'])
      expect(sharing.at({ type: Sharing, prototype: Sharing.prototype, key })).toMatchObject(closed);
  });

  it('is closed where it stands for a handler that accepts revoked tokens and for one that does not', () => {
    class Reading {
      @Authenticated() @ControlPlane() feed() {
        return 1;
      }
      @Authenticated() list() {
        return 1;
      }
    }
    const handler = () => 1;
    for (const key of ['feed', 'list']) notePlace(new Reading(), key, handler);
    expect(rules.of(Reading, handler)).toMatchObject(closed);
  });

  it('asks for what is stated at every property that holds it', () => {
    class Aliased {
      list() {
        return 1;
      }
      @RequirePermissions('a:b') overridden() {
        return 1;
      }
    }
    class Alias extends Aliased {}
    Object.assign(Alias.prototype, { overridden: Alias.prototype.list });
    expect(rules.of(Alias, Alias.prototype.list).requirement).toEqual(asked);
  });
});

describe('two classes of one name', () => {
  const orders = (decorator: MethodDecorator): Class => {
    class Orders {
      @decorator list() {
        return 1;
      }
    }
    return Orders;
  };
  const [open, closed] = [orders(Public()), orders(RequirePermissions('a:b'))];

  it('have rules of their own, and distinct names', () => {
    const rules = new HandlerRules({ undecorated: 'deny', mode: 'report' }, KINDS);
    const of = (type: Class) => rules.of(type, (type.prototype as Record<string, Handler>)['list']!);
    expect([of(open), of(closed), of(open)].map(({ name, requirement }) => [name, requirement.access])).toEqual([
      ['Orders.list', 'public'],
      ['Orders#2.list', 'authenticated'],
      ['Orders.list', 'public'],
    ]);
  });

  it('are counted one by one in report mode', () => {
    const rules = new HandlerRules({ undecorated: 'deny', mode: 'report' }, KINDS);
    const types = [orders(RequirePermissions('a:b')), closed];
    const reported = types.map((type) => rules.of(type, (type.prototype as Record<string, Handler>)['list']!));
    const mode = new ReportMode(new RepeatedWarnings(() => undefined));
    mode.start(reported);
    const principal = { roles: [], scopes: [], claims: {} } as unknown as Principal;
    const refused = { allowed: false, reason: 'permission_missing', missing: ['a:b'], unmet: undefined } as const;
    const resolution = { permissions: new PermissionSet([], []) };
    mode.relax(reported[1]!, refused, { principal, resolution }, { nowSeconds: 0 });
    expect(mode.statistics().handlers).toMatchObject([
      { handler: 'Orders.list', letThrough: 0 },
      { handler: 'Orders#2.list', letThrough: 1 },
    ]);
  });
});

describe('the kind of a handler', () => {
  @Controller()
  class Mixed {
    @Get() route() {
      return 1;
    }
    @Sse() events(): Observable<MessageEvent> {
      return EMPTY;
    }
    @ResolveField() field() {
      return 1;
    }
    @ResolveField() @Authenticated() askingField() {
      return 1;
    }
    @MessagePattern('a') @ServiceTask() task() {
      return 1;
    }
  }

  it('decides what silence means: a field belongs to its operation', () => {
    expect(ruleOf(Mixed, 'route')).toMatchObject({ kind: 'route', requirement: { access: 'unstated' } });
    expect(ruleOf(Mixed, 'events')).toMatchObject({ kind: 'event stream' });
    expect(ruleOf(Mixed, 'field')).toMatchObject({ kind: 'field', requirement: { access: 'public' } });
    expect(ruleOf(Mixed, 'askingField')).toMatchObject({ kind: 'field', requirement: { access: 'authenticated' } });
  });

  it('admits a message without a caller', () => {
    expect(ruleOf(Mixed, 'task')).toMatchObject({ kind: 'message', requirement: { access: 'task' } });
  });

  it('refuses @ServiceTask() where it is no message', () => {
    @Controller()
    @ServiceTask()
    class Routes {
      @Get() list() {
        return 1;
      }
    }
    expect(() => ruleOf(Routes, 'list')).toThrow(expect.objectContaining({ code: 'AUTHZ_SERVICE_TASK' }) as Error);
    expect(() => ruleOf(Routes, 'list')).toThrow(/^Routes\.list: @ServiceTask\(\) belongs on handlers of messages/);
  });

  it('refuses @ServiceTask() beside a requirement', () => {
    class Both {
      @MessagePattern('a') @ServiceTask() @RequirePermissions('a:b') run() {
        return 1;
      }
    }
    expect(() => ruleOf(Both, 'run')).toThrow(expect.objectContaining({ code: 'AUTHZ_CONTRADICTION' }) as Error);
  });
});

describe('the rule for connections to a class', () => {
  const ofClass = (type: Class) => new HandlerRules({ undecorated: 'deny', mode: 'report' }, KINDS).ofClass(type);
  class Silent {
    @RequirePermissions('a:b') handle() {
      return 1;
    }
  }
  @RequirePermissions('a:b')
  @AuthzMode('enforce')
  class Asking {}
  @RequirePermissions('a:c')
  class AskingMore extends Asking {}
  @Public()
  class Open {}
  @OptionalAuth()
  class Optional {}
  @ServiceTask()
  class Task {}
  @Public()
  @Authenticated()
  class Contradicting {}

  it.each<[Class, object]>([
    [Silent, { access: 'authenticated', clauses: [] }],
    [Asking, { access: 'authenticated', clauses: [{ among: 'permissions', need: 'all', names: ['a:b'] }] }],
    [Open, { access: 'public' }],
    [Optional, { access: 'optional' }],
  ])('of %p', (type, requirement) => {
    expect(ofClass(type)).toMatchObject({ name: type.name, requirement });
  });

  it('adds up with what base classes say', () => {
    const { requirement, mode } = ofClass(AskingMore);
    expect(requirement).toMatchObject({ clauses: [{ names: ['a:c'] }, { names: ['a:b'] }] });
    expect([mode, ofClass(Silent).mode]).toEqual(['enforce', 'report']);
  });

  it('refuses what makes no sense there', () => {
    expect(() => ofClass(Task)).toThrow(expect.objectContaining({ code: 'AUTHZ_SERVICE_TASK' }) as Error);
    expect(() => ofClass(Contradicting)).toThrow(expect.objectContaining({ code: 'AUTHZ_CONTRADICTION' }) as Error);
  });
});

describe('@AuthzMode', () => {
  const load = (...decorators: MethodDecorator[]) => {
    class Orders {
      remove() {
        return 1;
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Orders.prototype, 'remove')!;
    for (const decorate of decorators) decorate(Orders.prototype, 'remove', descriptor);
  };

  it.each(['off', '', undefined, true, 'Report'])('refuses %j when the class is loaded', (mode) => {
    expect(() => load(AuthzMode(mode as never))).toThrow(
      /^Orders\.remove: @AuthzMode\(.*\) must have the mode 'report' or 'enforce'\.$/,
    );
  });

  it('refuses to say two things of one target', () => {
    expect(() => load(AuthzMode('report'), AuthzMode('report'))).not.toThrow();
    expect(() => load(AuthzMode('report'), AuthzMode('enforce'))).toThrow(
      'Orders.remove is @AuthzMode("enforce") and @AuthzMode("report") at once. Remove one of them.',
    );
  });

  it('belongs on a method or a class', () => {
    expect(() => AuthzMode('report')({}, 'list', { get: () => 1 })).toThrow('belongs on a method or a class.');
  });
});

describe('the option "mode"', () => {
  it('is "enforce" unless it says otherwise, and one of two', () => {
    expect(parseAuthorizationSettings({}).mode).toBe('enforce');
    expect(parseAuthorizationSettings({ mode: 'report' }).mode).toBe('report');
    expect(() => parseAuthorizationSettings({ mode: 'off' as never })).toThrow(
      `"mode" must be 'enforce' (default) or 'report', got "off".`,
    );
  });
});
