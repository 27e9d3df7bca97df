import fc from 'fast-check';
import { distinct } from '../../../lib/core/distinct.js';

describe('distinct names', () => {
  it('are what a Set of them holds, in its order, however many there are', () => {
    const names = fc.array(fc.oneof(fc.string({ maxLength: 1 }), fc.constantFrom('__proto__', 'constructor')), { maxLength: 40 });
    fc.assert(fc.property(names, (all) => expect(distinct(all)).toEqual([...new Set(all)])));
  });

  it('are a list of their own, which nobody changes', () => {
    const names = ['viewer', 'clerk'];
    const list = distinct(names);
    names.push('admin');
    expect(list).toEqual(['viewer', 'clerk']);
    expect(Object.isFrozen(list)).toBe(true);
  });
});
