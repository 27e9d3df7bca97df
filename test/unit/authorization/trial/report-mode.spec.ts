import fc from 'fast-check';
import { RepeatedWarnings, type HandlerRule } from '../../../../lib/authorization/index.js';
import { ReportMode } from '../../../../lib/authorization/trial/report-mode.js';
import { decide, PermissionSet, type Principal, type Requirement, type RequirementClause } from '../../../../lib/core/index.js';
import type { PermissionResolution } from '../../../../lib/mapping/index.js';

const NOW = 1_000_000;
const FACTS = { nowSeconds: NOW };
const principal = { roles: ['clerk'], scopes: ['s1'], claims: { acr: 'mfa', auth_time: NOW } } as unknown as Principal;

function reporting() {
  const lines: string[] = [];
  return { lines, mode: new ReportMode(new RepeatedWarnings((line) => lines.push(line))) };
}

const ruleOf = (...clauses: RequirementClause[]): HandlerRule => ({
  name: 'Orders.remove',
  kind: 'route',
  requirement: { access: 'authenticated', clauses },
  mode: 'report',
});
const all = (among: 'permissions' | 'roles' | 'scopes', ...names: string[]): RequirementClause => ({
  among,
  need: 'all',
  names,
});
const holding = (...granted: string[]): PermissionResolution => ({ permissions: new PermissionSet(granted, [], 'r1') });

function relaxed(mode: ReportMode, rule: HandlerRule, resolution: PermissionResolution, caller = principal) {
  const decision =
    'permissions' in resolution
      ? decide(rule.requirement, caller, resolution.permissions, FACTS)
      : ({ allowed: false, reason: resolution.failure, missing: [], unmet: undefined } as const);
  return mode.relax(rule, decision, { principal: caller, resolution }, FACTS);
}

describe('report mode', () => {
  it('lets through what only permissions refuse, and says all that is missing in one line', () => {
    const { lines, mode } = reporting();
    const rule = ruleOf(all('permissions', 'orders:read'), all('roles', 'clerk'), all('permissions', 'orders:delete', 'a:b'));
    for (let n = 0; n < 50; n++) expect(relaxed(mode, rule, holding('a:b')).allowed).toBe(true);
    expect(lines).toEqual([
      'Orders.remove let through in report mode: permission_missing, missing orders:read, orders:delete; roles ["clerk"]; mapping revision "r1"',
    ]);
    expect(mode.statistics()).toEqual({
      letThrough: 50,
      handlers: [{ handler: 'Orders.remove', letThrough: 50, reasons: { permission_missing: 50 }, roles: ['clerk'] }],
    });
  });

  it('writes a line of its own for each handler, reason and list of what is missing, and escapes what comes from outside', () => {
    const { lines, mode } = reporting();
    const rule = ruleOf(all('permissions', 'orders:delete'));
    relaxed(mode, rule, holding());
    relaxed(mode, { ...rule, name: 'Orders.purge' }, holding());
    relaxed(mode, rule, { permissions: new PermissionSet(['*'], ['orders:delete']) });
    relaxed(mode, ruleOf(all('permissions', 'orders:purge')), holding(), { ...principal, roles: ['evil\nERROR fake'] });
    relaxed(mode, rule, { failure: 'mapping_unavailable', detail: 'down' });
    expect(lines.map((line) => line.split(';')[0])).toEqual([
      'Orders.remove let through in report mode: permission_missing, missing orders:delete',
      'Orders.purge let through in report mode: permission_missing, missing orders:delete',
      'Orders.remove let through in report mode: permission_denied, missing orders:delete',
      'Orders.remove let through in report mode: permission_missing, missing orders:purge',
      'Orders.remove let through in report mode: mapping_unavailable',
    ]);
    expect(lines[3]).toContain('roles ["evil\\nERROR fake"]');
    expect(lines[4]).toMatch(/; down$/);
  });

  it('lists handlers of which nothing was let through', () => {
    const { mode } = reporting();
    mode.start([ruleOf(all('permissions', 'a:b')), { ...ruleOf(all('roles', 'clerk')), name: 'Orders.other' }]);
    expect(mode.statistics()).toEqual({
      letThrough: 0,
      handlers: [{ handler: 'Orders.remove', letThrough: 0, reasons: {}, roles: [] }],
    });
  });

  describe('the roles in its warnings', () => {
    const rule = ruleOf(all('permissions', 'orders:delete'));
    const come = (mode: ReportMode, ...roles: string[]) => relaxed(mode, rule, holding(), { ...principal, roles });

    it('are those of all callers so far, in a new line as soon as another role comes', () => {
      const { lines, mode } = reporting();
      for (const roles of [['viewer'], ['viewer'], ['clerk', 'viewer'], [], ['viewer'], ['boss']]) come(mode, ...roles);
      expect(lines.map((line) => line.split('; ')[1])).toEqual([
        'roles ["viewer"]',
        'roles ["viewer","clerk"]',
        'roles ["viewer","clerk"] and callers without roles',
        'roles ["viewer","clerk","boss"] and callers without roles',
      ]);
      expect(mode.statistics().handlers[0]).toMatchObject({ letThrough: 6, roles: ['viewer', 'clerk', 'boss'] });
    });

    it('do not fill the log: after 20 additions the next line that is due names the others', () => {
      const lines: string[] = [];
      let now = 0;
      const mode = new ReportMode(
        new RepeatedWarnings(
          (line) => lines.push(line),
          () => now,
        ),
      );
      for (let n = 0; n < 1000; n++) come(mode, `role-${n}`);
      expect(lines).toHaveLength(20);
      now += 600_000;
      come(mode, 'role-0');
      expect(lines).toHaveLength(21);
      expect(lines[20]).toContain('"role-99"] and others; ');
      expect(lines[20]).toContain('(and 980 times before this)');
    });

    it('do not fill the log if there are more kinds of warnings than are distinguished', () => {
      const { lines, mode } = reporting();
      for (let round = 0; round < 3; round++)
        for (let n = 0; n < 700; n++) relaxed(mode, { ...rule, name: `Orders.h${n}` }, holding());
      expect(lines).toHaveLength(501);
    });
  });

  it('refuses whatever the token alone refuses, and nothing else', () => {
    const names = fc.uniqueArray(fc.constantFrom('clerk', 'boss', 's1', 's2'), { maxLength: 2 });
    const clause = fc.oneof(
      fc.record({
        among: fc.constantFrom('roles' as const, 'scopes' as const),
        need: fc.constantFrom('all' as const, 'any' as const),
        names,
      }),
      fc.record({
        among: fc.constant('permissions' as const),
        need: fc.constantFrom('all' as const, 'any' as const),
        names: fc.uniqueArray(fc.constantFrom('a:a', 'a:b', 'b:a'), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        among: fc.constant('authentication' as const),
        acr: fc.constantFrom([], ['mfa'], ['hardware']),
        maxAgeSeconds: fc.constantFrom(undefined, 60),
      }),
    );
    const requirement: fc.Arbitrary<Requirement> = fc.oneof(
      fc.constantFrom<Requirement>({ access: 'unstated' }, { access: 'optional' }, { access: 'public' }),
      fc.record({ access: fc.constant('authenticated' as const), clauses: fc.array(clause, { maxLength: 5 }) }),
    );
    const granted = fc.subarray(['a:a', 'a:b', 'b:a', 'a:*']);
    fc.assert(
      fc.property(requirement, granted, fc.subarray(['a:a', 'b:*']), (required, grants, denials) => {
        const { mode } = reporting();
        const rule: HandlerRule = { name: 'A.a', kind: 'route', requirement: required, mode: 'report' };
        const held = new PermissionSet(grants, denials);
        const withEverything = decide(required, principal, new PermissionSet(['*']), FACTS);
        const answer = relaxed(mode, rule, { permissions: held });
        expect(answer.allowed).toBe(withEverything.allowed);
        const isLetThrough = answer.allowed && !decide(required, principal, held, FACTS).allowed;
        expect(mode.statistics().letThrough).toBe(isLetThrough ? 1 : 0);
      }),
      { numRuns: 1000 },
    );
  });
});
