import fc from 'fast-check';
import { CliError } from '../../../../lib/cli/cli.error.js';
import { rolesOfTables } from '../../../../lib/cli/import/tables/table-reader.js';
import type { Table } from '../../../../lib/cli/import/tables/table.interface.js';
import { toMapping } from '../../../../lib/cli/import/to-mapping.js';
import { compileMapping, MappingSnapshot, parseMapping } from '../../../../lib/mapping/index.js';

interface Grant {
  readonly role: string;
  readonly permission: string;
  readonly effect: string;
}

const ROLES = ['viewer', 'clerk', 'boss'];
/** Permissions that a route may require. */
const ASKED = [
  'orders:read',
  'orders:delete',
  'orders:delegate',
  'Orders:Read',
  'orders:items:read',
  'bills:read',
  'orders',
  'a b',
  'a-b',
];
const NAMES = [
  ...ASKED,
  '*',
  'orders:*',
  '*:read',
  'orders:del*',
  'ord*',
  'orders:**',
  'ORDERS:*',
  'orders:',
  ':read',
  '!orders:read',
  'orders:%',
];
const EFFECTS = ['allow', 'deny', 'DENY', 'Allow', 'no', ''];

const grants = fc.array(
  fc.record({
    role: fc.constantFrom(...ROLES),
    permission: fc.constantFrom(...NAMES),
    effect: fc.oneof({ weight: 20, arbitrary: fc.constantFrom('allow', 'deny') }, fc.constantFrom(...EFFECTS)),
  }),
  { maxLength: 8 },
);
const parents = fc.array(fc.tuple(fc.constantFrom('viewer'), fc.constantFrom('clerk', 'boss')), { maxLength: 2 });

function table(label: string, columns: readonly string[], rows: readonly (readonly string[])[]): Table {
  return {
    label,
    columns,
    rows: rows.map((row, index) => ({
      place: `${label} ${index}`,
      values: new Map(row.map((value, at) => [columns[at]!, value])),
    })),
  };
}

function imported(rows: readonly Grant[], inherits: readonly (readonly [string, string])[]) {
  const found = rolesOfTables(
    'tables',
    {
      roles: table(
        'roles',
        ['name'],
        ROLES.map((name) => [name]),
      ),
      role_permissions: table(
        'grants',
        ['role', 'permission', 'effect'],
        rows.map((row) => [row.role, row.permission, row.effect]),
      ),
      role_inherits: table('inherits', ['role', 'parent'], inherits),
    },
    { columns: new Map(), ignored: new Set() },
  );
  return toMapping(found);
}

/** Matches as widely as any source system could: a star covers anything, and letter case is ignored. */
function mayCover(entry: string, permission: string, names: ReadonlySet<string>): boolean {
  const isThere = names.has(permission);
  const anything = (rest: string) => (isThere || rest === '' ? '.*' : '[^:]*');
  const parts = entry.split(/[*%]+/).map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = parts.map((part, index) => (index === 0 ? part : anything(parts.slice(index).join('')) + part)).join('');
  return new RegExp(`^${pattern}$`, isThere ? 'i' : '').test(permission);
}

const isDeny = (effect: string) => effect.toLowerCase() === 'deny';

describe('an import of tables', () => {
  it('never grants what a row denies or no row grants, and lists every row that it leaves out', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(grants, parents, async (rows, inherits) => {
        let made: Awaited<ReturnType<typeof imported>>;
        try {
          made = await imported(rows, inherits);
        } catch (error) {
          expect(error).toBeInstanceOf(CliError);
          return;
        }
        taken++;
        const { document, report } = made;
        const names = new Set(rows.map(({ permission }) => permission));
        const snapshot = new MappingSnapshot(compileMapping(parseMapping(document, 'test')));
        const renamed = new Map(report.renamed.map(({ from, to }) => [from, to]));
        const origins = new Map(report.renamed.map(({ from, to }) => [to, from]));
        for (const role of ROLES) {
          const family = [role, ...inherits.filter(([child]) => child === role).map(([, parent]) => parent)];
          const own = rows.filter((row) => family.includes(row.role));
          const set = snapshot.permissionsFor([role]);
          for (const asked of ASKED) {
            const isDenied = own.some(
              ({ effect, permission }) => isDeny(effect) && mayCover(permission, origins.get(asked) ?? asked, names),
            );
            const isGranted = own.some(
              ({ effect, permission }) => !isDeny(effect) && mayCover(permission, origins.get(asked) ?? asked, names),
            );
            if (set.covers(asked)) expect([asked, isDenied, isGranted]).toEqual([asked, false, true]);
          }
        }
        for (const { role, permission, effect } of rows) {
          const name = renamed.get(permission) ?? permission;
          const definition = document.roles[role] as { permissions?: readonly string[]; deny?: readonly string[] };
          const list = isDeny(effect) ? definition.deny : definition.permissions;
          const isNamed = report.leftOut.some((line) => line.includes(JSON.stringify(permission)) && line.includes(role));
          expect([permission, list?.includes(name) === true || isNamed]).toEqual([permission, true]);
        }
      }),
      { numRuns: 1500 },
    );
    expect(taken).toBeGreaterThan(150);
  });

  it('yields for any names a mapping that a service accepts, or an error with the reason', async () => {
    const name = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.string({ unit: fc.constantFrom('a', 'B', ' ', ':', '*', '-', '!'), maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, fc.constantFrom('allow', 'deny')), { maxLength: 6 }), async (entries) => {
        const rows = entries.map(([permission, effect]) => ({ role: 'clerk', permission, effect }));
        try {
          const { document } = await imported(rows, []);
          const { deny = [] } = document.roles['clerk'] as { deny?: readonly string[] };
          expect(deny.length).toBe(
            new Set(rows.filter(({ effect }) => effect === 'deny').map(({ permission }) => permission)).size,
          );
        } catch (error) {
          if (!(error instanceof CliError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
