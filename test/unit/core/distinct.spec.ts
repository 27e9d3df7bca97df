import fc from 'fast-check';
import { distinct } from '../../../lib/core/distinct.js';

describe('distinct', () => {
  it('returns the members of a Set in its order, for any number of names', () => {
    const names = fc.array(fc.oneof(fc.string({ maxLength: 1 }), fc.constantFrom('__proto__', 'constructor')), { maxLength: 40 });
    fc.assert(fc.property(names, (all) => expect(distinct(all)).toEqual([...new Set(all)])));
  });

  it('returns a frozen copy', () => {
    const names = ['viewer', 'clerk'];
    const list = distinct(names);
    names.push('admin');
    expect(list).toEqual(['viewer', 'clerk']);
    expect(Object.isFrozen(list)).toBe(true);
  });
});
