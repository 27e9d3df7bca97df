import fc from 'fast-check';
import { RepeatedWarnings } from '../../../../lib/authorization/index.js';
import type { AuthzPolicy, PolicyCall, PolicyClass } from '../../../../lib/authorization/policies/authz-policy.interface.js';
import { Policies } from '../../../../lib/authorization/policies/policies.js';
import { allOf, anyOf, not, type PolicyExpression } from '../../../../lib/authorization/policies/policy-expression.js';
import type { Truth } from '../../../../lib/core/index.js';

/** A policy that behaves in one way. */
const policy = (evaluate: () => unknown): PolicyClass =>
  class implements AuthzPolicy {
    evaluate = evaluate as AuthzPolicy['evaluate'];
  };
const fail = (): never => {
  throw new Error('down');
};

/** What a policy may do, and what that means. */
const BEHAVIOURS: readonly (readonly [PolicyClass, Truth])[] = [
  [policy(() => true), true],
  [policy(() => false), false],
  [policy(() => Promise.resolve(true)), true],
  [policy(() => Promise.resolve(false)), false],
  [policy(fail), undefined],
  [policy(() => Promise.reject(new Error('down'))), undefined],
  [policy(() => 1), undefined],
  [policy(() => Promise.resolve('true')), undefined],
  [policy(() => undefined), undefined],
  [policy(() => new Boolean(true)), undefined],
];

/** An expression and its truth in Kleene's logic, computed the plain way. */
type Case = readonly [PolicyExpression, Truth];
const isFalse = (truth: Truth) => truth === false;
const isTrue = (truth: Truth) => truth === true;
const all = (truths: readonly Truth[]): Truth => (truths.some(isFalse) ? false : truths.every(isTrue) ? true : undefined);
const negated = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);

const { expression } = fc.letrec<{ expression: Case }>((tie) => {
  const several = fc.array(tie('expression'), { minLength: 1, maxLength: 3 });
  return {
    expression: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(...BEHAVIOURS),
      several.map((cases): Case => [
        allOf(...(cases.map(([each]) => each) as [PolicyExpression])),
        all(cases.map(([, truth]) => truth)),
      ]),
      several.map((cases): Case => [
        anyOf(...(cases.map(([each]) => each) as [PolicyExpression])),
        negated(all(cases.map(([, truth]) => negated(truth)))),
      ]),
      tie('expression').map(([each, truth]): Case => [not(each), negated(truth)]),
    ),
  };
});

const policies = (timeoutMs = 1000, lines: string[] = []) =>
  new Policies((type) => new (type as new () => object)(), timeoutMs, new RepeatedWarnings((line) => lines.push(line)));
const CALL = {} as PolicyCall;

describe('policies', () => {
  it('agree with three-valued logic, whatever each of them does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(expression, { minLength: 1, maxLength: 3 }), async (cases) => {
        const refusal = await policies().evaluate({ name: 'Orders.list', policies: cases.map(([each]) => each) }, CALL);
        const first = cases.map(([, truth]) => truth).find((truth) => truth !== true);
        const isAllowed = cases.every(([, truth]) => truth === true);
        expect(refusal?.reason).toBe(isAllowed ? undefined : first === false ? 'policy_denied' : 'indeterminate');
      }),
      { numRuns: 500 },
    );
  });

  it('are synchronous if all of them are', () => {
    const [[yes], [no]] = BEHAVIOURS as [Case, Case];
    expect(policies().evaluate({ name: 'Orders.list', policies: [anyOf(no, yes), not(no)] }, CALL)).toBeUndefined();
  });

  it('share one deadline, and name those that missed it', async () => {
    class Hangs implements AuthzPolicy {
      evaluate = () => new Promise<boolean>(() => undefined);
    }
    class AlsoHangs extends Hangs {}
    const lines: string[] = [];
    const refusal = await policies(5, lines).evaluate({ name: 'Orders.list', policies: [anyOf(Hangs, AlsoHangs)] }, CALL);
    const said = 'Hangs did not finish within the deadline (policyTimeoutMs)';
    expect(refusal).toMatchObject({ reason: 'indeterminate', detail: `${said}, Also${said}` });
    expect(lines).toHaveLength(2);
  });
});
