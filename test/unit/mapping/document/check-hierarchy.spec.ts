import fc from 'fast-check';
import { parseMapping } from '../../../../lib/mapping/index.js';
import { refusalOf } from '../refusal-of.js';

type Parents = Record<string, string[]>;
const roles = (parents: Parents) => Object.fromEntries(Object.entries(parents).map(([name, inherits]) => [name, { inherits }]));
/** Faults of a document with these parents for all, and for each tenant. */
const faultsOf = (base: Parents, tenants: Record<string, Parents>) =>
  refusalOf(() =>
    parseMapping(
      {
        roles: roles(base),
        tenants: Object.fromEntries(Object.entries(tenants).map(([tenant, own]) => [tenant, { roles: roles(own) }])),
      },
      'test',
    ),
  ).map(({ place, message }) => `${place}: ${message}`);

describe('the hierarchy of a tenant', () => {
  it('is built of its own roles and those for all', () => {
    expect(faultsOf({ a: [], b: ['a'] }, { acme: { a: ['own'], own: [], c: ['b', 'own'] } })).toEqual([]);
  });

  it('has no roles of other tenants, nor have the roles for all any of a tenant', () => {
    expect(faultsOf({ a: [] }, { acme: { own: [] }, bolt: { x: ['own', 'a'] } })).toEqual([
      'tenants.bolt.roles.x.inherits[0]: no role is named "own".',
    ]);
    expect(faultsOf({ a: ['own'] }, { acme: { own: [] } })).toEqual(['roles.a.inherits[0]: no role is named "own".']);
  });

  it('is refused where a role that it replaces closes a circle through the roles for all', () => {
    expect(faultsOf({ a: [], b: ['a'], c: ['b'] }, { acme: { a: ['c'] }, bolt: { a: [] } })).toEqual([
      'tenants.acme.roles.a.inherits: inherits from itself: a → c → b → a.',
    ]);
  });

  it('is refused at a role of its own where the circle closes at one for all', () => {
    expect(faultsOf({ p: ['q'], q: ['y'], y: [] }, { acme: { x: ['p'], y: ['p'] } })).toEqual([
      'tenants.acme.roles.y.inherits: inherits from itself: p → q → y → p.',
    ]);
  });

  it('is not blamed for a circle among the roles for all, which may be gone for it', () => {
    expect(faultsOf({ a: ['b'], b: ['a'] }, { acme: { a: [] } })).toEqual(['roles.a.inherits: inherits from itself: a → b → a.']);
  });

  it('tells a long circle by its ends', () => {
    const chain = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`r${index}`, [`r${(index + 1) % 1000}`]]));
    const [fault, ...others] = faultsOf(chain, {});
    expect(others).toEqual([]);
    expect(fault).toMatch(/^roles\.r0\.inherits: inherits from itself: r0 → r1 → .* → … → .* → r999 → r0\.$/);
    expect(fault!.length).toBeLessThan(300);
  });

  it('is refused exactly where a circle can be walked or a parent is missing', () => {
    const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
    const parents = fc
      .array(fc.tuple(name, fc.array(name, { maxLength: 2 })), { maxLength: 4 })
      // fromEntries makes own members of whatever the names are.
      .map((entries) => Object.fromEntries(entries) as Parents);
    fc.assert(
      fc.property(parents, parents, (base, own) => {
        const isSound = (all: Map<string, string[]>, from: Iterable<string>) => {
          const holds = (role: string, way: readonly string[]): boolean =>
            all.has(role) && !way.includes(role) && all.get(role)!.every((parent) => holds(parent, [...way, role]));
          return [...from].every((role) => holds(role, []));
        };
        const ofBase = new Map(Object.entries(base));
        const seen = new Map([...ofBase, ...Object.entries(own)]);
        const isGood = isSound(ofBase, ofBase.keys()) && isSound(seen, Object.keys(own));
        expect(faultsOf(base, { acme: own }).length === 0).toBe(isGood);
      }),
      { numRuns: 1000 },
    );
  });
});
