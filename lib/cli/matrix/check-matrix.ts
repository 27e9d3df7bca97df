import { didYouMean, isPattern, PatternMatcher, shown } from '../../core/index.js';
import { explainPermission, standIn, type MappingSnapshot, type PermissionRule } from '../../mapping/index.js';
import type { Matrix, MatrixCase } from './read-matrix.js';

/** An expectation that does not hold. */
export interface MatrixFailure {
  /** The name of the case, else its place in the file. */
  readonly case: string;
  readonly roles: readonly string[];
  readonly tenant: string | undefined;
  /** A pattern stands for all names that it covers and that the mapping and the matrix do not name. */
  readonly permission: string;
  readonly expected: 'allowed' | 'denied';
  readonly got: 'allowed' | 'denied';
  /** The rules of the roles that apply to the permission. */
  readonly rules: readonly PermissionRule[];
}

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
 * every permission that the mapping or the matrix names, and for what patterns grant beyond those.
 */
export function checkMatrix(snapshot: MappingSnapshot, matrix: Matrix): MatrixResult {
  const names = checkedNames(snapshot, matrix);
  const unknown = new Set(unknownNames(snapshot, matrix));
  const failures: MatrixFailure[] = [];
  for (const one of matrix.cases) failures.push(...failuresOf(one, names, snapshot));
  const tested = new Set(matrix.cases.flatMap(({ roles }) => roles));
  return {
    cases: matrix.cases.length,
    checks: matrix.cases.length * names.length,
    failures,
    unknown: [...unknown],
    untested: snapshot.roleNames().filter((name) => !tested.has(name)),
  };
}

function checkedNames(snapshot: MappingSnapshot, { permissions, cases }: Matrix): readonly string[] {
  const { catalogue, entries } = snapshot.compiled;
  const named = cases.flatMap(({ allows, denies }) => [...allows, ...denies]).filter((entry) => !isPattern(entry));
  const known = catalogue === undefined ? entries : catalogue.map(([name]) => name);
  return [...new Set([...known, ...permissions, ...named])];
}

function failuresOf(one: MatrixCase, names: readonly string[], snapshot: MappingSnapshot): readonly MatrixFailure[] {
  const { roles, tenant } = one;
  const held = snapshot.permissionsFor(roles, tenant);
  const allows = new PatternMatcher(one.allows);
  const denies = new PatternMatcher(one.denies);
  return names.flatMap((permission) => {
    const shownBy = standIn(permission);
    const isExpected = allows.matches(shownBy) && !denies.matches(shownBy);
    const isHeld = held.covers(shownBy);
    // A pattern of the case allows unnamed permissions but does not require them.
    if (isHeld === isExpected || (isExpected && isPattern(permission))) return [];
    return [
      {
        case: one.name ?? one.place,
        roles,
        tenant,
        permission,
        expected: isExpected ? 'allowed' : 'denied',
        got: isHeld ? 'allowed' : 'denied',
        rules: explainPermission(snapshot, roles, shownBy, tenant).rules,
      },
    ];
  });
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
    ...cases.flatMap(({ roles, tenant, allows, denies, place }) => [
      ...unknownRoles(snapshot, roles, tenant).map((sentence) => `${place}: ${sentence}`),
      ...unknownTenant(snapshot, tenant).map((sentence) => `${place}: ${sentence}`),
      ...inCatalogue([...allows, ...denies], place),
    ]),
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
