import fc from 'fast-check';
import { compileCondition, PermissionSet, type ConditionalRule } from '../../../../../lib/core/index.js';
import { holdingCondition } from '../../../../../lib/mapping/questions/conditions/holding-condition.js';
import { about, literal } from '../../../core/conditions/conditions.js';
import { conditions, resources } from '../../../core/conditions/random-conditions.js';

describe('holdingCondition', () => {
  it('is true for exactly the resources for which a service finds the permission held', () => {
    const rule = fc.record({
      effect: fc.constantFrom('allow' as const, 'deny' as const),
      condition: fc.option(conditions(1), { nil: undefined, freq: 8 }),
    });
    let held = 0;
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), resources, (rules, resource) => {
        const of = (effect: 'allow' | 'deny') => rules.filter((each) => each.effect === effect);
        const plain = (effect: 'allow' | 'deny') =>
          of(effect).flatMap(({ condition }) => (condition === undefined ? ['orders:*'] : []));
        const conditional = (effect: 'allow' | 'deny') =>
          of(effect).flatMap(({ condition }): ConditionalRule[] =>
            condition === undefined ? [] : [{ permission: 'orders:read', when: '', condition }],
          );
        const set = new PermissionSet(plain('allow'), plain('deny'), 'r1', {
          conditionalGrants: conditional('allow'),
          conditionalDenials: conditional('deny'),
        });
        const isHeld = set.judge('orders:read', about(resource)) === 'held';
        if (isHeld) held++;
        expect(compileCondition(holdingCondition(rules))(about(resource)) === true).toBe(isHeld);
      }),
      { numRuns: 2000 },
    );
    expect(held).toBeGreaterThan(100);
  });

  it('is a constant if the result is known, and lists a condition once', () => {
    const condition = { kind: 'compare', comparator: '==', left: literal('a'), right: literal('b') } as const;
    const grant = { effect: 'allow', condition } as const;
    expect(holdingCondition([])).toEqual({ kind: 'constant', value: false });
    expect(holdingCondition([grant, { effect: 'allow', condition: undefined }])).toEqual({ kind: 'constant', value: true });
    expect(holdingCondition([grant, { effect: 'deny', condition: undefined }])).toEqual({ kind: 'constant', value: false });
    expect(holdingCondition([grant, grant])).toEqual(condition);
  });
});
