import fc from 'fast-check';
import { type MappingSnapshot, toDocument } from '../../../lib/mapping/index.js';
import { NaiveMapping, type NaiveRole, type NaiveRoles } from './naive-mapping.js';
import { snapshotOf } from './snapshot-of.js';

const ROLES = ['viewer', 'clerk', '__proto__', 'constructor', 'ünï rolle', ' ', '*', 'orders:read', '😀', 'a'];
const TENANTS = ['acme', '__proto__', 'b c', 'toString', 'ACME'];
const SEGMENTS = ['orders', 'read', 'items', 'a', 'b', '__proto__', 'é', 'a;', '-'];

const nameOf = (...segments: string[]) =>
  fc.array(fc.constantFrom(...segments), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(':'));
const permission = nameOf(...SEGMENTS);
const entries = fc.array(fc.oneof(permission, nameOf(...SEGMENTS, '*', '*', '*')), { maxLength: 4 });

/** Roles that inherit from earlier roles or from given ones: never in a cycle. */
function rolesAfter(known: readonly string[]): fc.Arbitrary<NaiveRoles> {
  const names = fc.uniqueArray(fc.constantFrom(...ROLES.filter((name) => !known.includes(name))), { maxLength: 6 });
  return names.chain((all) =>
    fc
      .tuple(
        ...all.map((_, index) => {
          const parents = [...known, ...all.slice(0, index)];
          return fc.oneof<fc.Arbitrary<NaiveRole>[]>(
            entries,
            fc.record(
              {
                permissions: entries,
                deny: entries,
                inherits: parents.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...parents), { maxLength: 3 }),
              },
              { requiredKeys: [] },
            ),
          );
        }),
      )
      .map((definitions) => new Map(all.map((name, index) => [name, definitions[index] ?? []]))),
  );
}

interface Mapping {
  readonly roles: NaiveRoles;
  readonly tenants: ReadonlyMap<string, NaiveRoles>;
}
/** A tenant replaces some of the common roles by roles without parents, and adds roles with parents. */
const mapping: fc.Arbitrary<Mapping> = rolesAfter([]).chain((roles) => {
  const known = [...roles.keys()];
  const replaced: fc.Arbitrary<NaiveRoles> =
    known.length === 0
      ? fc.constant(new Map())
      : fc
          .array(fc.tuple(fc.constantFrom(...known), fc.record({ permissions: entries, deny: entries })), { maxLength: 3 })
          .map((all) => new Map(all));
  const own = fc.tuple(replaced, rolesAfter(known)).map(([first, second]) => new Map([...first, ...second]));
  const tenants = fc.array(fc.tuple(fc.constantFrom(...TENANTS), own), { maxLength: 3 }).map((all) => new Map(all));
  return tenants.map((ofTenants) => ({ roles, tenants: ofTenants }));
});

// fromEntries creates own members for every name, also for `__proto__`.
const documentOf = ({ roles, tenants }: Mapping) => ({
  roles: Object.fromEntries(roles),
  tenants: Object.fromEntries([...tenants].map(([tenant, own]) => [tenant, { roles: Object.fromEntries(own) }])),
});

const held = fc.array(fc.constantFrom(...ROLES, 'unknown', 'hasOwnProperty'), { maxLength: 5 });
const tenant = fc.constantFrom(undefined, ...TENANTS, 'unknown', 'constructor');
const question = fc.tuple(
  held,
  tenant,
  fc.array(fc.oneof(permission, nameOf(...SEGMENTS, 'else', '*')), { minLength: 1, maxLength: 5 }),
);
const cases = fc.tuple(mapping, fc.array(question, { minLength: 1, maxLength: 6 }));

describe('the compiled form of a mapping', () => {
  it('gives the same permissions as a naive evaluation of the document', () => {
    fc.assert(
      fc.property(cases, ([written, questions]) => {
        const naive = new NaiveMapping(written.roles, written.tenants);
        const snapshot = snapshotOf(documentOf(written));
        // Checked twice: the second result comes from the cache.
        return [...questions, ...questions].every(([roles, ofTenant, asked]) =>
          asked.every((name) => snapshot.permissionsFor(roles, ofTenant).covers(name) === naive.covers(roles, ofTenant, name)),
        );
      }),
      { numRuns: 8000 },
    );
  });

  it('keeps its meaning when converted back to a document', () => {
    fc.assert(
      fc.property(cases, ([written, questions]) => {
        const first = snapshotOf(documentOf(written));
        const second = snapshotOf(JSON.parse(JSON.stringify(toDocument(first))));
        const results = (snapshot: MappingSnapshot) =>
          questions.flatMap(([roles, ofTenant, asked]) =>
            asked.map((name) => snapshot.permissionsFor(roles, ofTenant).covers(name)),
          );
        return second.digest === first.digest && results(second).join() === results(first).join();
      }),
      { numRuns: 2000 },
    );
  });

  it('is tested with granted and missing permissions by these cases', () => {
    const counts = { covered: 0, not: 0, byTenant: 0 };
    for (const [{ roles, tenants }, questions] of fc.sample(cases, { numRuns: 500, seed: 1 })) {
      const naive = new NaiveMapping(roles, tenants);
      for (const [all, ofTenant, asked] of questions)
        for (const name of asked) {
          const isCovered = naive.covers(all, ofTenant, name);
          counts[isCovered ? 'covered' : 'not']++;
          if (isCovered !== naive.covers(all, undefined, name)) counts.byTenant++;
        }
    }
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(20);
  });
});
