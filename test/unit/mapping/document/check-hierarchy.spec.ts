import fc from 'fast-check';
import { parseMapping } from '../../../../lib/mapping/index.js';
import { refusalOf } from '../refusal-of.js';

type Parents = Record<string, string[]>;
const roles = (parents: Parents) => Object.fromEntries(Object.entries(parents).map(([name, inherits]) => [name, { inherits }]));
/** Faults of a document with these parents of the common roles, and of the roles of tenants. */
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
  it('consists of its own roles and the common roles', () => {
    expect(faultsOf({ a: [], b: ['a'] }, { acme: { a: ['own'], own: [], c: ['b', 'own'] } })).toEqual([]);
  });

  it('has no roles of other tenants, and common roles inherit none of a tenant', () => {
    expect(faultsOf({ a: [] }, { acme: { own: [] }, bolt: { x: ['own', 'a'] } })).toEqual([
      'tenants.bolt.roles.x.inherits[0]: no role is named "own".',
    ]);
    expect(faultsOf({ a: ['own'] }, { acme: { own: [] } })).toEqual(['roles.a.inherits[0]: no role is named "own".']);
  });

  it('is refused if a replaced role closes a cycle through common roles', () => {
    expect(faultsOf({ a: [], b: ['a'], c: ['b'] }, { acme: { a: ['c'] }, bolt: { a: [] } })).toEqual([
      'tenants.acme.roles.a.inherits: inherits from itself: a → c → b → a.',
    ]);
  });

  it('is refused at an own role if the cycle closes at a common role', () => {
    expect(faultsOf({ p: ['q'], q: ['y'], y: [] }, { acme: { x: ['p'], y: ['p'] } })).toEqual([
      'tenants.acme.roles.y.inherits: inherits from itself: p → q → y → p.',
    ]);
  });

  it('has no fault for a cycle among the common roles, which its own roles may break', () => {
    expect(faultsOf({ a: ['b'], b: ['a'] }, { acme: { a: [] } })).toEqual(['roles.a.inherits: inherits from itself: a → b → a.']);
  });

  it('shortens a long cycle in the message', () => {
    const chain = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`r${index}`, [`r${(index + 1) % 1000}`]]));
    const [fault, ...others] = faultsOf(chain, {});
    expect(others).toEqual([]);
    expect(fault).toMatch(/^roles\.r0\.inherits: inherits from itself: r0 → r1 → .* → … → .* → r999 → r0\.$/);
    expect(fault!.length).toBeLessThan(300);
  });

  it('is refused if and only if there is a cycle or a missing parent', () => {
    const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
    const parents = fc
      .array(fc.tuple(name, fc.array(name, { maxLength: 2 })), { maxLength: 4 })
      // fromEntries creates own members for every name, also for `__proto__`.
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
