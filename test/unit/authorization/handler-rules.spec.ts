import { Controller, Get, Sse, type MessageEvent } from '@nestjs/common';
import { ResolveField } from '@nestjs/graphql';
import { MessagePattern } from '@nestjs/microservices';
import { EMPTY, type Observable } from 'rxjs';
import {
  Authenticated,
  AuthzMode,
  HandlerRules,
  OptionalAuth,
  Public,
  RequirePermissions,
  ServiceTask,
} from '../../../lib/authorization/index.js';
import { parseAuthorizationSettings } from '../../../lib/authorization/authorization-settings.js';
import type { EnforcementMode } from '../../../lib/authorization/enforcement-mode.js';
import type { Class, Handler } from '../../../lib/authorization/requirement-metadata.js';

const ruleOf = (of: Class, name: string, mode: EnforcementMode = 'enforce') =>
  new HandlerRules({ undecorated: 'deny', mode }).of(of, (of.prototype as Record<string, Handler>)[name]!);

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
    const rules = new HandlerRules({ undecorated: 'deny', mode: 'enforce' });
    const rule = rules.of(Once, Once.prototype.handle);
    expect(rule).toEqual({
      name: 'Once.handle',
      kind: 'route',
      isEventStream: false,
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
    expect(ruleOf(Mixed, 'route')).toMatchObject({ kind: 'route', requirement: { access: 'unstated' }, isEventStream: false });
    expect(ruleOf(Mixed, 'events')).toMatchObject({ kind: 'route', isEventStream: true });
    expect(ruleOf(Mixed, 'field')).toMatchObject({ kind: 'field', requirement: { access: 'public' } });
    expect(ruleOf(Mixed, 'askingField')).toMatchObject({ kind: 'field', requirement: { access: 'authenticated' } });
  });

  it("lets a message in on nobody's behalf", () => {
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

describe('the rule at the door of a class', () => {
  const ofClass = (type: Class) => new HandlerRules({ undecorated: 'deny', mode: 'report' }).ofClass(type);
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
    expect(ofClass(type)).toMatchObject({ name: type.name, kind: 'socket', requirement });
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
    expect(() => load(AuthzMode(mode as never))).toThrow(/^Orders\.remove: @AuthzMode\(.*\) must say 'report' or 'enforce'\.$/);
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
