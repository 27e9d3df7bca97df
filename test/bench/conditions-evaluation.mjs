// Compares conditions with the same checks in JavaScript.
import { compileCondition } from '../../dist/core/index.js';
import { parsedConditions } from './conditions-parsed.mjs';
import { inTurn, median, paired } from './measured.mjs';

const ROUNDS = 15;
const WARM_UPS = 4;
const CALLS = 500_000;

const own = (value, name) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date) && Object.hasOwn(value, name)
    ? value[name]
    : undefined;
const isNumber = (value) => typeof value === 'number' && !Number.isNaN(value);

/** The conditions as a careful developer writes them: unknown is undefined, and a value of another type is unknown. */
const WRITTEN = {
  'resource.ownerId == principal.subject': ({ resource, principal }) => {
    const owner = own(resource, 'ownerId');
    const subject = own(principal, 'subject');
    return typeof owner === 'string' && typeof subject === 'string' ? owner === subject : undefined;
  },
  'resource.ownerId == principal.subject && resource.amount < 1000': ({ resource, principal }) => {
    const owner = own(resource, 'ownerId');
    const subject = own(principal, 'subject');
    const isOwn = typeof owner === 'string' && typeof subject === 'string' ? owner === subject : undefined;
    if (isOwn === false) return false;
    const amount = own(resource, 'amount');
    const isSmall = isNumber(amount) ? amount < 1000 : undefined;
    if (isSmall === false) return false;
    return isOwn === undefined || isSmall === undefined ? undefined : true;
  },
  'resource.status in ["open", "held"] && principal.claims.teams.exists(t, t == resource.team)': ({ resource, principal }) => {
    const status = own(resource, 'status');
    const isActive = typeof status === 'string' ? status === 'open' || status === 'held' : undefined;
    if (isActive === false) return false;
    const teams = own(own(principal, 'claims'), 'teams');
    const team = own(resource, 'team');
    let isIn = false;
    if (!Array.isArray(teams)) isIn = undefined;
    else
      for (const each of teams) {
        const isSame = typeof each === 'string' && typeof team === 'string' ? each === team : undefined;
        if (isSame === true) {
          isIn = true;
          break;
        }
        if (isSame === undefined) isIn = undefined;
      }
    if (isIn === false) return false;
    return isActive === undefined || isIn === undefined ? undefined : true;
  },
};

function factsOf(number) {
  return {
    principal: Object.freeze({
      issuer: 'https://login.example',
      subject: `user-${number % 3}`,
      roles: Object.freeze(['clerk']),
      scopes: Object.freeze([]),
      actors: Object.freeze([]),
      unreadable: undefined,
      claims: Object.freeze({ sub: `user-${number % 3}`, teams: Object.freeze(['north', 'south', 'west']) }),
    }),
    resource: {
      id: `order-${number}`,
      ownerId: `user-${number % 4}`,
      amount: number * 300,
      status: number % 5 === 0 ? 'closed' : 'open',
      team: number % 2 === 0 ? 'west' : 'east',
    },
    context: {},
    now: 1_800_000_000_000,
  };
}

const FACTS = Array.from({ length: 16 }, (_, number) => factsOf(number));

function nanoseconds(evaluate) {
  const start = process.hrtime.bigint();
  let met = 0;
  for (let call = 0; call < CALLS; call++) if (evaluate(FACTS[call & 15]) === true) met++;
  const time = Number(process.hrtime.bigint() - start) / CALLS;
  if (met === 0 || met === CALLS) throw new Error('a condition of the bench returned a wrong result');
  return time;
}

/** Returns the nanoseconds of each condition, as a list. */
export async function measureConditions() {
  const conditions = await parsedConditions(Object.keys(WRITTEN));
  const measured = [];
  for (const [when, condition] of conditions) {
    const evaluate = compileCondition(condition);
    const written = WRITTEN[when];
    for (const facts of FACTS) if (evaluate(facts) !== written(facts)) throw new Error(`${when} has another result`);
    const results = await inTurn([evaluate, written], ROUNDS, nanoseconds, WARM_UPS);
    const [ours, theirs] = [results.get(evaluate), results.get(written)];
    measured.push({
      when,
      ours: median(ours),
      written: median(theirs),
      ratio: paired(ours, theirs, (own, other) => own / other),
    });
  }
  return measured;
}
