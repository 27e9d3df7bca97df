// Measures what a list costs: the selection of filter(), and its conversion to a query.
import { PermissionSet } from '../../dist/core/index.js';
import { toMongo } from '../../dist/filters/mongodb/index.js';
import { toPrisma } from '../../dist/filters/prisma/index.js';
import { toSql } from '../../dist/filters/sql/index.js';
import { parsedConditions } from './conditions-parsed.mjs';
import { inTurn, median } from './measured.mjs';

const ROUNDS = 9;
const WARM_UPS = 3;
const CALLS = 20_000;

const GRANTS = [
  'resource.ownerId == principal.subject',
  'resource.team in principal.claims.teams && resource.amount < 1000',
  '!has(resource.ownerId) && resource.status in ["open", "held"]',
];
const DENIAL = 'resource.isSealed || resource.status.startsWith("legal-")';
const COLUMNS = {
  ownerId: { column: 'ownerId', type: 'string' },
  team: { column: 'team', type: 'string' },
  status: { column: 'status', type: 'string' },
  amount: { column: 'amount', type: 'number' },
  isSealed: { column: 'isSealed', type: 'boolean' },
};

/** Returns the microseconds of each step. */
export async function measureFilters() {
  const rules = [...(await parsedConditions([...GRANTS, DENIAL]))].map(([when, condition]) => ({
    permission: 'orders:read',
    when,
    condition,
  }));
  const permissions = new PermissionSet([], [], 'bench', {
    conditionalGrants: rules.filter(({ when }) => when !== DENIAL),
    conditionalDenials: rules.filter(({ when }) => when === DENIAL),
  });
  const facts = {
    principal: {
      issuer: '',
      subject: 'user-1',
      claims: { teams: ['north', 'south', 'west'] },
      roles: [],
      scopes: [],
      actors: [],
    },
    resource: undefined,
    context: {},
    now: 1_800_000_000_000,
  };
  const select = () => permissions.select('orders:read', facts);
  const filter = { permission: 'orders:read', revision: 'bench', selection: { kind: 'where', test: select() } };
  const steps = {
    select,
    'toSql(), PostgreSQL': () => toSql(filter, { dialect: 'postgres', columns: COLUMNS }),
    'toPrisma()': () => toPrisma(filter, { provider: 'postgresql', columns: COLUMNS }),
    'toMongo()': () => toMongo(filter, { columns: COLUMNS }),
  };
  const results = await inTurn(Object.keys(steps), ROUNDS, (name) => microseconds(steps[name]), WARM_UPS);
  return new Map([...results].map(([name, times]) => [name, median(times)]));
}

function microseconds(step) {
  const start = process.hrtime.bigint();
  for (let call = 0; call < CALLS; call++)
    if (typeof step() !== 'object') throw new Error('a filter of the bench selects all or nothing');
  return Number(process.hrtime.bigint() - start) / 1000 / CALLS;
}
