import {
  compareMappings,
  compareResources,
  compareStepUps,
  type ConditionChange,
  type RoleDifference,
} from '../../../../lib/mapping/index.js';
import { readSnapshot } from '../read-snapshot.js';

const OWNER = 'resource.ownerId == principal.subject';
const update = (when: string) => ({ permission: 'orders:update', when });
const differences = async (before: object, after: object) =>
  compareMappings(await readSnapshot({ roles: before }), await readSnapshot({ roles: after }));

/** Returns the change of the conditions of one role. */
async function changeBetween(before: unknown, after: unknown): Promise<readonly ConditionChange[]> {
  const [found] = await differences({ clerk: before }, { clerk: after });
  return found?.conditions ?? [];
}

describe('compareMappings, about conditions', () => {
  it('finds no difference between two spellings of the same condition', async () => {
    expect(await differences({ clerk: [update(OWNER)] }, { clerk: [update(`( ${OWNER} )`)] })).toEqual([]);
    const [first, second] = [update('resource.x == 1'), update('resource.x == 2')];
    expect(await differences({ clerk: [first, second] }, { clerk: [update('resource.x in [2, 1]')] })).toEqual([]);
    expect(await differences({ a: [second], clerk: { inherits: ['a'] } }, { a: [second, second], clerk: [second] })).toEqual([]);
  });

  it('shows a permission gained or lost under a condition apart from those without', async () => {
    expect(await differences({ clerk: ['a'] }, { clerk: [update(OWNER)] })).toEqual<RoleDifference[]>([
      {
        role: 'clerk',
        tenant: undefined,
        change: 'changed',
        gained: [],
        lost: ['a'],
        conditions: [{ entry: 'orders:update', before: 'false', after: OWNER, change: 'gained' }],
      },
    ]);
    expect(await changeBetween([update(OWNER)], [])).toMatchObject([{ before: OWNER, after: 'false', change: 'lost' }]);
    expect(await changeBetween([update('resource.x == 1 && resource.x == 2')], [])).toEqual([]);
  });

  it.each<[string, unknown, unknown, string]>([
    ['an alternative is added', [update(OWNER)], [update(`${OWNER} || resource.isPublic`)], 'wider'],
    ['a second grant is added', [update(OWNER)], [update(OWNER), update('resource.isPublic')], 'wider'],
    ['a limit is raised', [update('resource.amount < 10')], [update('resource.amount < 100')], 'wider'],
    ['a condition is removed', [update(OWNER)], ['orders:update'], 'wider'],
    ['a conditional denial is removed', { permissions: ['orders:update'], deny: [update(OWNER)] }, ['orders:*'], 'wider'],
    ['a condition is added', ['orders:*'], [update(OWNER)], 'narrower'],
    [
      'a conditional denial is added',
      [update(OWNER)],
      { permissions: [update(OWNER)], deny: [update('resource.isClosed')] },
      'narrower',
    ],
    ['a part is replaced', [update(OWNER)], [update('resource.assigneeId == principal.subject')], 'different'],
    [
      'a limit is raised and another added',
      [update('resource.a < 10')],
      [update('resource.a < 100 && resource.b < 5')],
      'different',
    ],
  ])('says what it can prove: %s', async (_, before, after, change) => {
    expect((await changeBetween(before, after)).map((found) => [found.entry, found.change])).toContainEqual([
      'orders:update',
      change,
    ]);
  });

  it('compares what is granted, so an unknown denial counts as one', async () => {
    const denied = { permissions: ['orders:update'], deny: [update('resource.isClosed')] };
    // The first denies a missing attribute, too.
    expect(await changeBetween(denied, [update('!has(resource.isClosed) || !resource.isClosed')])).toMatchObject([
      { change: 'wider' },
    ]);
    expect(await changeBetween(denied, [update('!resource.isClosed')])).toEqual([]);
  });

  it('cannot tell whether a condition over another type is wider', async () => {
    const document = (ownerId: string) => ({
      resources: { orders: { ownerId } },
      roles: { clerk: [update('has(resource.ownerId)')] },
    });
    const [before, after] = [await readSnapshot(document('string')), await readSnapshot(document('number'))];
    expect(compareMappings(before, after)[0]?.conditions).toMatchObject([{ change: 'different' }]);
    expect(compareResources(before, after)).toEqual([{ attribute: 'orders.ownerId', before: 'string', after: 'number' }]);
  });

  it('lists a tenant whose roles change under other conditions', async () => {
    const roles = { clerk: [update(OWNER)] };
    const own = { tenants: { acme: { roles: { clerk: [update(OWNER)] } } } };
    const changed = { tenants: { acme: { roles: { clerk: [update('resource.isPublic')] } } } };
    const found = compareMappings(await readSnapshot({ roles, ...own }), await readSnapshot({ roles, ...changed }));
    expect(found.map(({ role, tenant, conditions }) => [role, tenant, conditions[0]?.change])).toEqual([
      ['clerk', 'acme', 'different'],
    ]);
  });

  it('does not take step-up authentication for a lost permission', async () => {
    const roles = { clerk: ['payments:release'] };
    const [before, after] = [
      await readSnapshot({ roles }),
      await readSnapshot({ roles, requires: { 'payments:release': { acr: 'mfa' } } }),
    ];
    expect(compareMappings(before, after)).toEqual([]);
    expect(compareStepUps(before, after)).toEqual([
      { permission: 'payments:release', before: undefined, after: { acr: ['mfa'], maxAgeSeconds: undefined }, change: 'added' },
    ]);
  });
});

describe('compareStepUps', () => {
  const changeOf = async (before: object | undefined, after: object | undefined) => {
    const of = (requires: object | undefined) => readSnapshot({ roles: {}, ...(requires && { requires: { 'a:b': requires } }) });
    return compareStepUps(await of(before), await of(after)).map(({ change }) => change);
  };

  it.each<[object | undefined, object | undefined, readonly string[]]>([
    [{ acr: 'mfa' }, { acr: ['mfa'] }, []],
    [{ acr: 'mfa' }, undefined, ['removed']],
    [{ acr: 'mfa' }, { acr: 'mfa', maxAgeSeconds: 60 }, ['stricter']],
    [{ acr: ['mfa', 'phr'] }, { acr: 'phr' }, ['stricter']],
    [{ maxAgeSeconds: 60 }, { maxAgeSeconds: 90 }, ['weaker']],
    [{ acr: 'mfa', maxAgeSeconds: 60 }, { maxAgeSeconds: 60 }, ['weaker']],
    [{ acr: 'mfa' }, { acr: 'phr' }, ['different']],
    [{ acr: 'mfa' }, { maxAgeSeconds: 60 }, ['different']],
  ])('compares %j with %j', async (before, after, changes) => {
    expect(await changeOf(before, after)).toEqual(changes);
  });
});

describe('compareResources', () => {
  it('lists attributes that are added, removed or of another type, also nested ones', async () => {
    const of = (orders: object) => readSnapshot({ roles: {}, resources: { orders } });
    const [before, after] = [
      await of({ a: 'string', b: 'number', owner: { id: 'string' } }),
      await of({ b: 'number', c: 'string[]', owner: { id: 'number' } }),
    ];
    expect(compareResources(before, after)).toEqual([
      { attribute: 'orders.a', before: 'string', after: undefined },
      { attribute: 'orders.owner.id', before: 'string', after: 'number' },
      { attribute: 'orders.c', before: undefined, after: 'string[]' },
    ]);
  });
});
