import { didYouMean, isPattern, PatternMatcher, shown, type RefusalReason } from '../../core/index.js';
import { explainPermission, holdingOf, standIn, type MappingSnapshot, type PermissionRule } from '../../mapping/index.js';
import { CliError } from '../cli.error.js';
import { isDecidable } from '../decision/assumed-call.js';
import { AssumedCaller, type DecidedRule } from '../decision/decide-assumed.js';
import { ruleJson } from '../output/rule-json.js';
import type { Matrix, MatrixCase } from './read-matrix.js';

/** An expectation that does not hold. */
export interface MatrixFailure {
  /** The name of the case, else its place in the file. */
  readonly case: string;
  readonly roles: readonly string[];
  readonly tenant: string | undefined;
  /** A pattern stands for all names that it covers and that the mapping and the matrix do not name. */
  readonly permission: string;
  readonly expected: MatrixOutcome;
  readonly got: MatrixOutcome;
  /** Why a service refuses the call; `undefined` if the case states only roles, or if the call is allowed. */
  readonly reason: RefusalReason | undefined;
  /** The rules of the roles that apply to the permission, with the results of their conditions if the case states more than roles. */
  readonly rules: readonly DecidedRule[];
}

/** `depends`: the roles hold the permission only under a condition, and the case does not say for which resource. */
type MatrixOutcome = 'allowed' | 'denied' | 'depends';

/** The result of comparing a mapping with a matrix. */
export interface MatrixResult {
  readonly cases: number;
  /** Number of expectations compared. */
  readonly checks: number;
  readonly failures: readonly MatrixFailure[];
  /** Names in the matrix that the mapping does not have, as sentences: expectations about them test nothing. */
  readonly unknown: readonly string[];
  /** Roles of the mapping that are in no case. */
  readonly untested: readonly string[];
}

/**
 * Compares the expectations of each case with the decisions of a service, for every permission of the catalogue. Without a catalogue: for
 * every permission that the mapping or the matrix names, and for what patterns grant beyond those. A case with a resource is compared for the
 * permissions of its kind of resource only.
 */
export function checkMatrix(snapshot: MappingSnapshot, matrix: Matrix): MatrixResult {
  const names = checkedNames(snapshot, matrix);
  const unknown = new Set(unknownNames(snapshot, matrix));
  const failures: MatrixFailure[] = [];
  let checks = 0;
  for (const one of matrix.cases) {
    const checked = namesFor(one, names);
    checks += checked.length;
    failures.push(...failuresOf(one, checked, snapshot));
  }
  const tested = new Set(matrix.cases.flatMap(({ roles }) => roles));
  return {
    cases: matrix.cases.length,
    checks,
    failures,
    unknown: [...unknown],
    untested: snapshot.roleNames().filter((name) => !tested.has(name)),
  };
}

function checkedNames(snapshot: MappingSnapshot, { permissions, cases }: Matrix): readonly string[] {
  const { catalogue, entries } = snapshot.compiled;
  const named = cases.flatMap(entriesOf).filter((entry) => !isPattern(entry));
  const known = catalogue === undefined ? entries : catalogue.map(([name]) => name);
  return [...new Set([...known, ...permissions, ...named])];
}

function entriesOf({ allows, denies, depends }: MatrixCase): readonly string[] {
  return [...allows, ...denies, ...depends];
}

/** Returns the names that a case is about. One with a resource is about the permissions of that kind of resource: those that begin like its own. */
function namesFor(one: MatrixCase, names: readonly string[]): readonly string[] {
  if (one.resource === undefined) return names;
  const kinds = new Set(entriesOf(one).map(kindOf));
  return kinds.has('*') ? names : names.filter((name) => kinds.has(kindOf(name)));
}

function kindOf(entry: string): string | undefined {
  return entry.split(':', 1)[0];
}

function failuresOf(one: MatrixCase, names: readonly string[], snapshot: MappingSnapshot): readonly MatrixFailure[] {
  const { roles, tenant } = one;
  const caller = isDecidable(one) ? callerOf(one, snapshot) : undefined;
  const expects = expectation(one);
  return names.flatMap((permission) => {
    const shownBy = standIn(permission);
    const expected = expects(shownBy);
    const reason = caller?.refusalOf(shownBy);
    const got = caller === undefined ? OUTCOMES[holdingOf(snapshot, roles, shownBy, tenant)] : outcomeOf(reason);
    // A pattern of the case allows unnamed permissions but does not require them.
    if (got === expected || (expected !== 'denied' && isPattern(permission) && got === 'denied')) return [];
    const { rules } = explainPermission(snapshot, roles, shownBy, tenant);
    const undecided = (rule: PermissionRule): DecidedRule => ({ ...ruleJson(rule), condition: undefined });
    return [
      {
        case: one.name ?? one.place,
        roles,
        tenant,
        permission,
        expected,
        got,
        reason,
        rules: caller?.decided(rules) ?? rules.map(undecided),
      },
    ];
  });
}

/** @throws CliError that names the case, if its claims cannot be used. */
function callerOf(one: MatrixCase, snapshot: MappingSnapshot): AssumedCaller {
  try {
    return new AssumedCaller(snapshot, one);
  } catch (error) {
    throw error instanceof CliError ? new CliError(`${one.place}: ${error.message}`) : error;
  }
}

const OUTCOMES = { held: 'allowed', depends: 'depends', missing: 'denied' } as const;

function outcomeOf(reason: RefusalReason | undefined): MatrixOutcome {
  if (reason === undefined) return 'allowed';
  return reason === 'resource_required' ? 'depends' : 'denied';
}

function expectation(one: MatrixCase): (permission: string) => MatrixOutcome {
  const [allows, denies, depends] = [one.allows, one.denies, one.depends].map((entries) => new PatternMatcher(entries));
  return (permission) => {
    if (denies?.matches(permission) === true) return 'denied';
    if (depends?.matches(permission) === true) return 'depends';
    return allows?.matches(permission) === true ? 'allowed' : 'denied';
  };
}

function unknownNames(snapshot: MappingSnapshot, { permissions, cases }: Matrix): readonly string[] {
  const catalogue = snapshot.compiled.catalogue && new Set(snapshot.compiled.catalogue.map(([name]) => name));
  const inCatalogue = (entries: readonly string[], place: string) =>
    catalogue === undefined
      ? []
      : entries
          .filter((entry) => !isPattern(entry) && !catalogue.has(entry))
          .map((entry) => `${place}: ${shown(entry)} is not in "permissions" of the mapping.${didYouMean(entry, catalogue)}`);
  return [
    ...inCatalogue(permissions, 'permissions'),
    ...cases.flatMap((one) => {
      const { roles, tenant, place } = one;
      return [
        ...unknownRoles(snapshot, roles, tenant).map((sentence) => `${place}: ${sentence}`),
        ...unknownTenant(snapshot, tenant).map((sentence) => `${place}: ${sentence}`),
        ...inCatalogue(entriesOf(one), place),
      ];
    }),
  ];
}

function unknownRoles(snapshot: MappingSnapshot, roles: readonly string[], tenant: string | undefined): readonly string[] {
  const known = [...snapshot.roleNames(), ...(tenant === undefined ? [] : snapshot.roleNames(tenant))];
  return roles
    .filter((name) => !snapshot.hasRole(name, tenant))
    .map((name) => `no role is named ${shown(name)}.${didYouMean(name, known)}`);
}

function unknownTenant(snapshot: MappingSnapshot, tenant: string | undefined): readonly string[] {
  const known = snapshot.tenantNames();
  if (tenant === undefined || known.includes(tenant)) return [];
  return [
    `no tenant is named ${shown(tenant)}. A tenant without roles of its own is the same as no tenant.${didYouMean(tenant, known)}`,
  ];
}
