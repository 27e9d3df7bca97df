import fc from 'fast-check';
import {
  combinePermissions,
  decide,
  PermissionSet,
  type Condition,
  type ConditionalRule,
  type ConditionFacts,
  type Decision,
  type NamesClause,
} from '../../../../lib/core/index.js';
import { about, alice, equals, literal, NOW, principal, resource } from '../conditions/conditions.js';
import { conditions, resources } from '../conditions/random-conditions.js';
import { selects } from '../filters/naive-filter.js';

const rule = (permission: string, condition: Condition): ConditionalRule => ({ permission, when: 'as written', condition });
const own = equals(resource('ownerId'), principal('subject'));
const closed = equals(resource('state'), literal('closed'));
const T: Condition = { kind: 'constant', value: true };
const F: Condition = { kind: 'constant', value: false };

const clerk = new PermissionSet(['orders:read'], ['orders:purge'], 'r1', {
  conditionalGrants: [rule('orders:*', own)],
  conditionalDenials: [rule('orders:update', closed)],
});
const judge = (permission: string, row: unknown, set = clerk) => set.judge(permission, about(row));

describe('a conditional grant', () => {
  it('gives the permission for the resources whose condition is true', () => {
    expect(judge('orders:delete', { ownerId: 'alice' })).toBe('held');
    expect(judge('orders:delete', { ownerId: 'bob' })).toBe('unmet');
    expect(judge('orders:delete', {})).toBe('unmet');
  });

  it('is undecided without a resource', () => {
    expect(judge('orders:delete', undefined)).toBe('undecided');
  });

  it('is decided without a resource if it reads none', () => {
    const set = new PermissionSet([], [], 'r1', {
      conditionalGrants: [rule('a', equals(principal('subject'), literal('alice'))), rule('b', F)],
    });
    expect(judge('a', undefined, set)).toBe('held');
    expect(judge('b', undefined, set)).toBe('unmet');
    expect(judge('c', undefined, set)).toBe('missing');
  });

  it('changes nothing for a permission that is held or denied unconditionally', () => {
    expect(judge('orders:read', undefined)).toBe('held');
    expect(judge('orders:purge', { ownerId: 'alice' })).toBe('denied');
  });

  it('is one of several: the permission is held if any condition is true', () => {
    const set = new PermissionSet([], [], 'r1', { conditionalGrants: [rule('a', own), rule('a', closed)] });
    expect(judge('a', { state: 'closed' }, set)).toBe('held');
    expect(judge('a', { state: 'open' }, set)).toBe('unmet');
  });
});

describe('a conditional denial', () => {
  it('denies if its condition is true or unknown', () => {
    expect(judge('orders:update', { ownerId: 'alice', state: 'open' })).toBe('held');
    expect(judge('orders:update', { ownerId: 'alice', state: 'closed' })).toBe('denied');
    expect(judge('orders:update', { ownerId: 'alice' })).toBe('denied');
  });

  it('makes an unconditional grant undecided without a resource', () => {
    const set = new PermissionSet(['a'], [], 'r1', { conditionalDenials: [rule('a', closed)] });
    expect(judge('a', undefined, set)).toBe('undecided');
    expect(set.covers('a')).toBe(false);
    expect(judge('a', { state: 'open' }, set)).toBe('held');
  });

  it('of a resource whose members throw denies', () => {
    const row = Object.defineProperty({}, 'state', { enumerable: true, get: () => { throw new Error('no'); } }); // prettier-ignore
    expect(judge('a', row, new PermissionSet(['a'], [], 'r1', { conditionalDenials: [rule('a', closed)] }))).toBe('denied');
  });
});

describe('a set with conditions', () => {
  it('covers only what is held for every resource', () => {
    expect(clerk.covers('orders:read')).toBe(true);
    expect(clerk.covers('orders:delete')).toBe(false);
    expect(clerk.covers('orders:update')).toBe(false);
  });

  const rules = fc.array(conditions(2), { maxLength: 2 });
  it('judges and selects the same resources, and judges without a resource only what none can change', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        rules,
        rules,
        fc.array(resources, { minLength: 1, maxLength: 5 }),
        (isGranted, grants, denials, rows) => {
          const set = new PermissionSet(isGranted ? ['a'] : [], [], 'r1', {
            conditionalGrants: grants.map((condition) => rule('a', condition)),
            conditionalDenials: denials.map((condition) => rule('*', condition)),
          });
          const test = set.select('a', about(undefined));
          const without = set.judge('a', about(undefined));
          for (const row of rows) {
            const isHeld = set.judge('a', about(row)) === 'held';
            expect(typeof test === 'boolean' ? test : selects(test, row)).toBe(isHeld);
            if (without !== 'undecided') expect(isHeld).toBe(without === 'held');
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('keeps conditions and denials when it is combined with the permissions of a token', () => {
    const token = (combine: 'union' | 'intersect' | 'only') =>
      combinePermissions(clerk, { combine, names: ['orders:update', 'orders:delete', 'invoices:read'] });
    const mine = { ownerId: 'alice', state: 'open' };
    expect(
      ['orders:update', 'orders:delete', 'orders:ship', 'invoices:read'].map((name) => judge(name, mine, token('union'))),
    ).toEqual(['held', 'held', 'held', 'held']);
    expect(['orders:delete', 'orders:ship', 'invoices:read'].map((name) => judge(name, mine, token('intersect')))).toEqual([
      'held',
      'missing',
      'missing',
    ]);
    expect(judge('orders:delete', { ownerId: 'bob' }, token('intersect'))).toBe('unmet');
    expect(judge('orders:delete', { ownerId: 'bob' }, token('only'))).toBe('held');
    for (const combine of ['union', 'intersect', 'only'] as const)
      expect(judge('orders:update', { ownerId: 'alice', state: 'closed' }, token(combine))).toBe('denied');
  });
});

describe('decide', () => {
  const asks = (need: NamesClause['need'], names: readonly string[], more: Partial<NamesClause> = {}) =>
    ({ access: 'authenticated', clauses: [{ among: 'permissions', need, names, ...more }] }) as const;
  const decided = (
    requirement: ReturnType<typeof asks>,
    row?: unknown,
    set = clerk,
    caller = alice,
  ): Decision['allowed'] | string => {
    const decision = decide(requirement, caller, set, { nowSeconds: NOW / 1000, resource: row });
    return decision.allowed || decision.reason;
  };

  it.each<[NamesClause['need'], string[], unknown, true | string]>([
    ['all', ['orders:delete'], { ownerId: 'alice' }, true],
    ['all', ['orders:delete'], { ownerId: 'bob' }, 'condition_unmet'],
    ['all', ['orders:delete'], undefined, 'resource_required'],
    ['all', ['orders:delete', 'invoices:read'], undefined, 'permission_missing'],
    ['all', ['orders:delete', 'orders:purge'], undefined, 'permission_denied'],
    ['any', ['orders:delete', 'invoices:read'], undefined, 'resource_required'],
    ['any', ['orders:delete', 'orders:read'], undefined, true],
    ['any', ['orders:delete', 'invoices:read'], { ownerId: 'bob' }, 'permission_missing'],
    ['all', ['orders:update'], { ownerId: 'alice', state: 'closed' }, 'permission_denied'],
  ])('with %s of %j and the resource %j: %s', (need, names, row, expected) => {
    expect(decided(asks(need, names), row)).toBe(expected);
  });

  it('admits a caller who holds the permission for some resources to a handler that filters', () => {
    expect(decided(asks('all', ['orders:delete'], { isFiltered: true }))).toBe(true);
    expect(decided(asks('all', ['invoices:read'], { isFiltered: true }))).toBe('permission_missing');
    const never = new PermissionSet([], [], 'r1', { conditionalGrants: [rule('a', F)] });
    expect(decided(asks('all', ['a'], { isFiltered: true }), undefined, never)).toBe('condition_unmet');
  });

  describe('with step-up on a permission', () => {
    const stepUp = { among: 'authentication', acr: ['mfa'], maxAgeSeconds: 60 } as const;
    const cashier = new PermissionSet(['payments:*'], [], 'r1', {
      stepUps: new Map([['payments:release', stepUp]]),
      conditionalGrants: [rule('refunds:approve', T)],
    });
    const strong = { ...alice, claims: { acr: 'mfa', auth_time: NOW / 1000 - 5 } };

    it('requires the authentication for this permission only', () => {
      expect(decided(asks('all', ['payments:release']), undefined, cashier)).toBe('authentication_insufficient');
      expect(decided(asks('all', ['payments:release']), undefined, cashier, strong)).toBe(true);
      expect(decided(asks('all', ['payments:read']), undefined, cashier)).toBe(true);
      expect(decided(asks('any', ['payments:release', 'payments:read']), undefined, cashier)).toBe(true);
      expect(decided(asks('any', ['payments:release', 'other']), undefined, cashier)).toBe('authentication_insufficient');
    });

    it('names what the client has to do, and only to callers who have everything else', () => {
      const decision = decide(asks('all', ['payments:release']), alice, cashier, { nowSeconds: NOW / 1000 });
      expect(decision).toMatchObject({ unmet: stepUp });
      expect(decided(asks('all', ['payments:release', 'other']), undefined, cashier)).toBe('permission_missing');
    });

    it('is not covered, since a check without the caller cannot tell', () => {
      expect(cashier.covers('payments:release')).toBe(false);
      expect(cashier.covers('payments:read')).toBe(true);
    });
  });

  it('evaluates context.now as the time of the decision', () => {
    const facts: ConditionFacts = about({});
    const until: Condition = {
      kind: 'compare',
      comparator: '<',
      left: { ...resource('now'), root: 'context' },
      right: literal(new Date(NOW + 1)),
    };
    const set = new PermissionSet([], [], 'r1', { conditionalGrants: [rule('a', until)] });
    expect(set.judge('a', facts)).toBe('held');
    expect(set.judge('a', { ...facts, now: NOW + 1 })).toBe('unmet');
  });
});
