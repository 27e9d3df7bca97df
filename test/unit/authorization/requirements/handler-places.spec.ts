import {
  followGuards,
  followHandlers,
  hasGuards,
  notedPlaces,
} from '../../../../lib/authorization/requirements/handler-places.js';
import type { Handler } from '../../../../lib/authorization/requirements/requirement-metadata.js';

/** What of Nest is followed: contexts ask for guards while they are created. */
function nest() {
  class Guards {
    create(instance: object, callback: Handler): string {
      return typeof instance === 'object' && typeof callback === 'function' ? 'guards' : '';
    }
  }
  class Contexts {
    readonly guards = new Guards();
    create(instance: object, callback: Handler, ...rest: [key: string, isGuarded?: boolean]): string {
      if (instance instanceof Failing) throw new Error(`no context for ${rest[0]}`);
      return this.guards.create(instance, callback);
    }
  }
  return { Guards, Contexts };
}
class Failing {
  list() {
    return 1;
  }
}

/** As tracing does: a function of its own takes the place of the handler. */
function trace(contexts: { prototype: { create(instance: object, callback: Handler, key: string): string } }) {
  const wrappers: Handler[] = [];
  const { create } = contexts.prototype;
  contexts.prototype.create = function (instance, callback, ...rest) {
    const wrapper = () => callback;
    wrappers.push(wrapper);
    return create.call(this, instance, wrapper, ...rest);
  };
  return wrappers;
}

describe('the handlers that Nest sets up', () => {
  const keysOf = (instance: object, handler: Handler) =>
    notedPlaces(instance.constructor as never, handler)?.map(({ key }) => key);

  it.each([
    ['before', true],
    ['after', false],
  ])('are known by the property that Nest names, where tracing wrapped them %s', (_when, isTracedFirst) => {
    const { Guards, Contexts } = nest();
    const before = isTracedFirst ? trace(Contexts) : undefined;
    followGuards(Guards);
    followHandlers(Contexts, 2);
    const traced = before ?? trace(Contexts);
    const instance = new (class Orders {
      list() {
        return 1;
      }
    })();
    expect(new Contexts().create(instance, () => 1, 'list')).toBe('guards');
    expect(keysOf(instance, traced[0]!)).toEqual(['list']);
  });

  it('are those of the class of the instance, not of a base whose method they have', () => {
    const { Guards, Contexts } = nest();
    followGuards(Guards);
    followHandlers(Contexts, 2);
    class Base {
      list() {
        return 1;
      }
    }
    class Derived extends Base {}
    const derived = new Derived();
    new Contexts().create(derived, Base.prototype.list, 'list');
    expect(notedPlaces(Derived, Base.prototype.list)).toEqual([{ type: Derived, prototype: Derived.prototype, key: 'list' }]);
    expect(notedPlaces(Base, Base.prototype.list)).toBeUndefined();
  });

  it('are no others that have guards created, also after one failed', () => {
    const { Guards, Contexts } = nest();
    followGuards(Guards);
    followHandlers(Contexts, 2);
    const failing = new Failing();
    expect(() => new Contexts().create(failing, failing.list, 'list')).toThrow('no context for list');
    const other = () => 1;
    new Guards().create(failing, other);
    expect(keysOf(failing, other)).toBeUndefined();
  });

  it('have guards unless guards are switched off', () => {
    const { Guards, Contexts } = nest();
    followGuards(Guards);
    followHandlers(Contexts, 2, { hasGuards: ([, , , isGuarded]) => isGuarded !== false });
    class Orders {
      list() {
        return 1;
      }
      other() {
        return 1;
      }
    }
    const orders = new Orders();
    new Contexts().create(orders, orders.list, 'list');
    new Contexts().create(orders, orders.other, 'other', false);
    expect(['list', 'other'].map((key) => hasGuards({ prototype: Orders.prototype, key }))).toEqual([true, false]);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['adds the guard that must run first where Nest leaves it out', ['of the class'], ['first', 'of the class']],
    ['runs it once where Nest runs it', ['first', 'of the class'], ['first', 'of the class']],
  ])('%s', (_what, byNest, expected) => {
    const guardNamed = new Map(['first', 'of the class'].map((name) => [name, { name, canActivate: () => true }]));
    class Guards {
      create(instance: object, handler: Handler) {
        return byNest.map((name) => (instance.constructor === handler ? undefined : guardNamed.get(name)));
      }
    }
    class Contexts {
      create(instance: object, handler: Handler, key: string) {
        return key === '' ? [] : new Guards().create(instance, handler);
      }
    }
    class Orders {
      list() {
        return 1;
      }
    }
    const [orders, ofAnotherApplication] = [new Orders(), new Orders()];
    followGuards(Guards);
    followHandlers(Contexts, 2, { firstGuardOf: (instance) => (instance === orders ? guardNamed.get('first') : undefined) });
    const namesFor = (instance: Orders) => new Contexts().create(instance, instance.list, 'list').map((guard) => guard?.name);
    expect(namesFor(orders)).toEqual(expected);
    expect(namesFor(ofAnotherApplication)).toEqual(byNest);
  });

  it('are followed once, however often it is asked for', () => {
    const { Contexts } = nest();
    followHandlers(Contexts, 2);
    const { create } = Contexts.prototype;
    followHandlers(Contexts, 2);
    expect(Contexts.prototype.create).toBe(create);
  });
});
