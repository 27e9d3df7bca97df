import fc from 'fast-check';
import {
  compileCondition,
  conditionText,
  principalFromClaims,
  unsupportedIn,
  whenFalse,
  whenTrue,
  type BoundTest,
  type Condition,
} from '../../../../lib/core/index.js';
import { about, equals, literal, principal, resource, variable } from '../conditions/conditions.js';
import { claims, conditions, resources } from '../conditions/random-conditions.js';
import { selects } from './naive-filter.js';

const met = (test: BoundTest, row: object) => (typeof test === 'boolean' ? test : selects(test, row));
const withTeams = (teams: readonly unknown[]) => about(undefined, { principal: { ...about(0).principal, claims: { teams } } });

describe('the filter of a condition', () => {
  it('selects the resources for which the condition is true, and never those for which it is unknown', () => {
    fc.assert(
      fc.property(conditions(), resources, claims, fc.constantFrom('a', 'é', '\ud800'), (condition, row, claim, subject) => {
        const who = principalFromClaims(
          { iss: 'i', exp: 1, ...claim },
          { subject, roles: ['a', 'b'], maxRoles: 9, tenant: undefined, tokenPermissions: undefined },
        );
        const facts = about(row, { principal: who, context: { a: 'a' } });
        const expected = compileCondition(condition)(facts);
        const bound = { ...facts, resource: undefined };
        const found = [met(whenTrue(condition, bound), row), met(whenFalse(condition, bound), row)];
        if (found[0] !== (expected === true) || found[1] !== (expected === false))
          throw new Error(`${conditionText(condition)}: ${String(expected)} in memory, ${String(found)} by the filter`);
      }),
      { numRuns: 20_000 },
    );
  });

  it('is decided if no resource can change the result', () => {
    const ofCaller = equals(principal('subject'), literal('alice'));
    const ofRow = equals(resource('ownerId'), principal('subject'));
    expect(whenTrue({ kind: 'or', parts: [ofRow, ofCaller] }, about(undefined))).toBe(true);
    expect(whenTrue({ kind: 'and', parts: [ofRow, { kind: 'not', part: ofCaller }] }, about(undefined))).toBe(false);
    expect(whenTrue(equals(resource('ownerId', 'number'), principal('subject')), about(undefined))).toBe(false);
  });

  it('contains the values of the caller', () => {
    expect(whenTrue(equals(principal('subject'), resource('ownerId') as never), about(undefined))).toEqual({
      kind: 'compare',
      comparator: '==',
      left: { kind: 'attribute', path: ['ownerId'], type: undefined },
      right: literal('alice'),
    });
  });

  it('says that it cannot test a list of the resource', () => {
    const inTags: Condition = { kind: 'in', item: literal('a'), list: resource('tags') };
    const test = whenTrue(inTags, about(undefined));
    expect(test).toMatchObject({ kind: 'unsupported' });
    expect(unsupportedIn(test as never)).toBe('"a" in resource.tags: a filter cannot test a list of the resource');
    expect(whenTrue({ kind: 'and', parts: [{ kind: 'constant', value: false }, inTags] }, about(undefined))).toBe(false);
  });

  it('accepts 500 elements of a claim and names a claim with more', () => {
    const teams = Array.from({ length: 501 }, (_, index) => `team ${index}`);
    const isIn: Condition = { kind: 'in', item: resource('team'), list: principal('claims.teams') };
    const body: Condition = { kind: 'string', test: 'startsWith', text: resource('team'), part: variable('x') };
    const exists: Condition = { kind: 'exists', list: principal('claims.teams'), variable: 'x', body };
    for (const condition of [isIn, exists]) {
      expect(whenTrue(condition, withTeams(teams))).toEqual({
        kind: 'unsupported',
        problem: 'principal.claims.teams has 501 elements; a filter accepts 500 at most',
      });
      expect(whenTrue(condition, withTeams(teams.slice(1)))).not.toMatchObject({ kind: 'unsupported' });
    }
  });

  it.each([2, 20])('leaves out repeated tests, and keeps both infinities: %p elements', (count) => {
    const amounts = Array.from({ length: count }, (_, index) => [Infinity, -Infinity][index % 2]);
    const body: Condition = { kind: 'compare', comparator: '<', left: resource('amount'), right: variable('x') };
    const facts = about(undefined, { principal: { ...about(0).principal, claims: { amounts } } });
    const test = whenTrue({ kind: 'exists', list: principal('claims.amounts') as never, variable: 'x', body }, facts);
    expect(test).toMatchObject({ kind: 'or', parts: [{ right: { value: Infinity } }, { right: { value: -Infinity } }] });
    expect((test as { parts: readonly unknown[] }).parts).toHaveLength(2);
  });
});
