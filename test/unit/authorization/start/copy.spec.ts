import {
  described,
  markCopy,
  otherCopyOf,
  otherInjected,
  shareInjected,
  THIS_COPY,
} from '../../../../lib/authorization/start/copy.js';

const OTHER = { path: '/nowhere/node_modules/nestjs-authz' };
const ofOther = (made: object) => Object.defineProperty(made, Symbol.for('nestjs-authz:copy'), { value: OTHER });

describe('what belongs to a copy of the library', () => {
  it('is distinguished from another copy, and from no copy', () => {
    class Own extends Date {}
    class Derived extends markCopy(Own) {}
    for (const own of [Own, Derived, markCopy({}), {}, Date, undefined, null, 'text', 7, Symbol('token')])
      expect(otherCopyOf(own)).toBeUndefined();
    for (const made of [{}, class extends Date {}, () => undefined]) expect(otherCopyOf(ofOther(made))).toBe(OTHER);
  });

  it('does not show in what it marks', () => {
    expect(markCopy({ a: 1 })).toEqual({ a: 1 });
    expect(Object.keys(markCopy({ a: 1 }))).toEqual(['a']);
  });

  it('is described by its version and its folder, as far as they can be read', () => {
    expect(described(THIS_COPY)).toMatch(/^\d+\.\d+\.\d+ in \//);
    expect(described(OTHER)).toBe(OTHER.path);
  });

  it('is found by other copies', () => {
    class Own extends Date {}
    class Others extends Date {}
    shareInjected(Own);
    shareInjected(Others);
    expect(otherInjected(Own)).toContain(Others);
    expect(otherInjected(Own)).not.toContain(Own);
  });
});
