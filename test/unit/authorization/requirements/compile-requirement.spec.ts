import {
  Authenticated,
  OptionalAuth,
  Public,
  RequireAnyRole,
  RequireAuthContext,
  RequirePermissions,
  RequireScopes,
} from '../../../../lib/authorization/index.js';
import { compileRequirement } from '../../../../lib/authorization/requirements/compile-requirement.js';
import type { Class } from '../../../../lib/authorization/requirements/requirement-metadata.js';
import { AuthzConfigError, type NamesClause } from '../../../../lib/core/index.js';

const clause = (among: NamesClause['among'], need: NamesClause['need'], ...names: string[]): NamesClause => ({
  among,
  need,
  names,
});
const compiled = (type: Class, key = 'handle') => compileRequirement({ type, prototype: type.prototype as object, key });

describe('a requirement', () => {
  it('is unstated where nothing is said', () => {
    class Plain {
      handle() {
        return 1;
      }
    }
    expect(compiled(Plain)).toEqual({ access: 'unstated' });
  });

  it('adds up what the bases, the class and the handler say', () => {
    @RequireScopes('s')
    class Base {
      @RequirePermissions('a:b') handle() {
        return 1;
      }
    }
    @RequireAnyRole('r1', 'r2')
    class Derived extends Base {
      @RequirePermissions('c:d', 'c:d', 'e:f') override handle() {
        return 2;
      }
    }
    const requirement = compiled(Derived);
    const clauses = 'clauses' in requirement ? requirement.clauses : [];
    expect(clauses).toHaveLength(4);
    expect(clauses).toEqual(
      expect.arrayContaining([
        clause('scopes', 'all', 's'),
        clause('roles', 'any', 'r1', 'r2'),
        clause('permissions', 'all', 'a:b'),
        clause('permissions', 'all', 'c:d', 'e:f'),
      ]),
    );
  });

  it('of an inherited method is that of its base', () => {
    class Base {
      @RequirePermissions('a:b') handle() {
        return 1;
      }
    }
    class Derived extends Base {}
    expect(compiled(Derived)).toEqual(compiled(Base));
  });

  it('of a subclass does not change its base', () => {
    class Base {
      @RequirePermissions('a:b') handle() {
        return 1;
      }
    }
    class Derived extends Base {
      @RequirePermissions('c:d') override handle() {
        return 2;
      }
    }
    expect(compiled(Derived)).toMatchObject({ clauses: [{ names: ['c:d'] }, { names: ['a:b'] }] });
    expect(compiled(Base)).toMatchObject({ clauses: [{ names: ['a:b'] }] });
  });

  it('does not mix up methods of the same name in unrelated classes', () => {
    class One {
      @Public() handle() {
        return 1;
      }
    }
    class Two {
      handle() {
        return 2;
      }
    }
    expect([compiled(One), compiled(Two)]).toEqual([{ access: 'public' }, { access: 'unstated' }]);
  });

  it.each([
    ['public', Public()],
    ['optional', OptionalAuth()],
  ])('of a handler that is %s does not depend on the class', (access, decorator) => {
    @RequirePermissions('a:b')
    class Closed {
      @decorator handle() {
        return 1;
      }
    }
    expect(compiled(Closed)).toEqual({ access });
  });

  it('is read without running getters', () => {
    class Lazy {
      get secret(): never {
        throw new Error('must not run');
      }
      @Authenticated() handle() {
        return 1;
      }
    }
    expect(compiled(Lazy)).toEqual({ access: 'authenticated', clauses: [] });
  });

  it('holds for a method that no class declares any more', () => {
    class Replaced {
      @Authenticated() handle() {
        return 1;
      }
    }
    Replaced.prototype.handle = () => 2;
    expect(compiled(Replaced)).toEqual({ access: 'authenticated', clauses: [] });
  });

  it('that contradicts itself names both and the place', () => {
    @Public()
    @Authenticated()
    class Both {
      handle() {
        return 1;
      }
    }
    expect(() => compiled(Both)).toThrow(
      'Both is @Authenticated() and @Public() at once (its own or inherited). Remove one of them.',
    );
  });
});

describe('a decorator on what is neither a method nor a class', () => {
  const decorate = RequirePermissions('a:b') as (target: object, key: string, descriptor?: PropertyDescriptor) => void;
  it.each([
    ['a property', undefined],
    ['a getter', { get: () => 1 }],
    ['a value that is no function', { value: 1 }],
  ])('%s says where it belongs', (_name, descriptor) => {
    class Orders {
      readonly list = [];
    }
    expect(() => decorate(Orders.prototype, 'list', descriptor)).toThrow(AuthzConfigError);
    expect(() => decorate(Orders.prototype, 'list', descriptor)).toThrow(
      'Orders.list: @RequirePermissions("a:b") belongs on a method or a class.',
    );
  });
});

describe('@RequireAuthContext', () => {
  it('is asked last, wherever it is written: who lacks a permission is not sent to authenticate again in vain', () => {
    class Payments {
      @RequireAuthContext({ maxAgeSeconds: 60 })
      @RequirePermissions('payments:create')
      above() {
        return 1;
      }
      @RequirePermissions('payments:create')
      @RequireAuthContext({ maxAgeSeconds: 60 })
      below() {
        return 1;
      }
    }
    const clauses = [clause('permissions', 'all', 'payments:create'), { among: 'authentication', acr: [], maxAgeSeconds: 60 }];
    expect(compiled(Payments, 'above')).toEqual({ access: 'authenticated', clauses });
    expect(compiled(Payments, 'below')).toEqual({ access: 'authenticated', clauses });
  });
});
