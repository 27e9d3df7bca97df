// Checks three permissions for a caller with five roles, after each contender has filled its caches for the caller.
import { createMongoAbility } from '@casl/ability';
import { newEnforcer, newModel, StringAdapter } from 'casbin';
import { AccessControl } from 'accesscontrol';
import { MappingStore } from '../../dist/mapping/index.js';
import { mappingDocument, PERMISSIONS, roleName } from './mapping-documents.mjs';
import { inTurn, median } from './measured.mjs';

const ROUNDS = 9;
const WARM_UPS = 2;
/** With more roles, contenders that take minutes to build are skipped. */
const MAX_ROLES_OF_SLOW_ONES = 500;

/** Returns the nanoseconds for three checks, by contender. */
export async function measureChecks(roles) {
  const document = mappingDocument(roles);
  const held = [3, 17, 23, 31, 42].map((role) => roleName(role % roles));
  const grants = expand(document);
  const allowed = [...new Set(held.flatMap((role) => [...grants.get(role)]))];
  const denied = PERMISSIONS.find((permission) => !allowed.includes(permission));
  const required = [allowed[0], allowed[allowed.length >> 1], denied];
  const contenders = [
    bareBits(allowed, required),
    await ours(document, held, required),
    setPerCaller(allowed, required),
    setPerRole(grants, held, required),
    casl(allowed, required),
    caslPerRequest(allowed, required),
  ];
  if (roles <= MAX_ROLES_OF_SLOW_ONES)
    contenders.push(await casbin(grants, held, required), accessControl(grants, held, required));
  for (const { name, check } of contenders)
    if (check(0) !== true || check(1) !== true || check(2) !== false) throw new Error(`${name} returns a wrong result`);
  const results = await inTurn(contenders, ROUNDS, (contender) => nanoseconds(contender), WARM_UPS);
  return new Map(contenders.map((contender) => [contender.name, median(results.get(contender))]));
}

function nanoseconds({ check, calls = 1_000_000 }) {
  const start = process.hrtime.bigint();
  let granted = 0;
  for (let call = 0; call < calls; call++) granted += Number(check(0)) + Number(check(1)) + Number(check(2));
  if (granted !== 2 * calls) throw new Error('a check of the bench returned a wrong result');
  return Number(process.hrtime.bigint() - start) / calls;
}

/** Returns the permissions of each role, with hierarchy and wildcards resolved. */
export function expand({ roles }) {
  const expanded = new Map();
  for (const [name, { permissions, inherits }] of Object.entries(roles)) {
    const own = permissions.flatMap((entry) =>
      entry.endsWith('*') ? PERMISSIONS.filter((permission) => permission.startsWith(entry.slice(0, -1))) : [entry],
    );
    expanded.set(name, new Set([...own, ...inherits.flatMap((parent) => [...expanded.get(parent)])]));
  }
  return expanded;
}

/** The minimum cost of a check by name: a look-up of its number and a bit. */
function bareBits(allowed, required) {
  const numbers = new Map(PERMISSIONS.map((permission, number) => [permission, number]));
  const bits = new Uint32Array(Math.ceil(PERMISSIONS.length / 32));
  for (const permission of allowed) bits[numbers.get(permission) >>> 5] |= 1 << (numbers.get(permission) & 31);
  return {
    name: 'bare bit test',
    check: (index) => {
      const number = numbers.get(required[index]);
      return ((bits[number >>> 5] >>> (number & 31)) & 1) === 1;
    },
  };
}

async function ours(document, held, required) {
  const store = new MappingStore({ name: 'bench', load: () => ({ content: { document } }) });
  await store.start();
  const set = store.permissionsFor(held);
  return { name: 'nestjs-authz', check: (index) => set.covers(required[index]) };
}

function setPerCaller(allowed, required) {
  const set = new Set(allowed);
  return { name: 'a Set per caller', check: (index) => set.has(required[index]) };
}

function setPerRole(grants, held, required) {
  return { name: 'a Set per role', check: (index) => held.some((role) => grants.get(role).has(required[index])) };
}

function casl(allowed, required) {
  const ability = caslAbility(allowed);
  const checks = required.map(actionAndSubject);
  return { name: 'CASL, ability kept for each user', check: (index) => ability.can(...checks[index]) };
}

/** As in the NestJS documentation: builds the ability for each request. */
function caslPerRequest(allowed, required) {
  const checks = required.map(actionAndSubject);
  let ability;
  return {
    name: 'CASL, ability built each time',
    check: (index) => {
      if (index === 0) ability = caslAbility(allowed);
      return ability.can(...checks[index]);
    },
    calls: 5000,
  };
}

function caslAbility(allowed) {
  return createMongoAbility(allowed.map(actionAndSubject).map(([action, subject]) => ({ action, subject })));
}

function actionAndSubject(permission) {
  return permission.split(':').toReversed();
}

async function casbin(grants, held, required) {
  const model = newModel();
  model.loadModelFromText(`
[request_definition]
r = sub, act
[policy_definition]
p = sub, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.act == p.act
`);
  const rules = [...grants].flatMap(([role, permissions]) => [...permissions].map((permission) => `p, ${role}, ${permission}`));
  const enforcer = await newEnforcer(model, new StringAdapter([...rules, ...held.map((role) => `g, alice, ${role}`)].join('\n')));
  return { name: 'casbin enforceSync', check: (index) => enforcer.enforceSync('alice', required[index]), calls: 10 };
}

function accessControl(grants, held, required) {
  const split = (permission) => permission.split(':');
  const list = [...grants].flatMap(([role, permissions]) =>
    [...permissions].map(split).map(([resource, action]) => ({
      role,
      resource,
      action: `${ACTIONS[action] ?? action}:any`,
      attributes: '*',
    })),
  );
  // accesscontrol has only four actions; other actions become part of the resource name.
  const known = list.filter(({ action }) => KNOWN.has(action));
  const other = list
    .filter(({ action }) => !KNOWN.has(action))
    .map(({ role, resource, action }) => ({
      role,
      resource: `${resource}-${action.replace(':', '-')}`,
      action: 'read:any',
      attributes: '*',
    }));
  const control = new AccessControl([...known, ...other]);
  const checks = required.map(split).map(([resource, action]) => {
    const name = `${ACTIONS[action] ?? action}:any`;
    return KNOWN.has(name) ? [name.replace(':any', 'Any'), resource] : ['readAny', `${resource}-${name.replace(':', '-')}`];
  });
  return {
    name: 'accesscontrol',
    check: (index) => {
      const [method, resource] = checks[index];
      return control.can(held)[method](resource).granted;
    },
    calls: 20_000,
  };
}

const ACTIONS = { read: 'read', create: 'create', update: 'update', delete: 'delete' };
const KNOWN = new Set(Object.values(ACTIONS).map((action) => `${action}:any`));
