import { conditionText, explainCondition, type Condition } from '../../../../lib/core/index.js';
import { about, attribute, equals, literal, NOW, principal, resource, variable } from './conditions.js';

const own = equals(resource('ownerId'), principal('subject'));
const cheap: Condition = { kind: 'compare', comparator: '<', left: resource('amount'), right: literal(1000) };

describe('conditionText', () => {
  it.each<[string, Condition]>([
    ['resource.ownerId == principal.subject && resource.amount < 1000', { kind: 'and', parts: [own, cheap] }],
    ['(true || false) && true', { kind: 'and', parts: [{ kind: 'or', parts: [{ kind: 'constant', value: true }, { kind: 'constant', value: false }] }, { kind: 'constant', value: true }] }], // prettier-ignore
    ['!(resource.amount < 1000)', { kind: 'not', part: cheap }],
    ['!resource.open', { kind: 'not', part: { kind: 'boolean', attribute: resource('open') } }],
    ['has(resource.owner.id)', { kind: 'has', attribute: resource('owner.id') }],
    ['resource.state in ["a", "b\\"c"]', { kind: 'in', item: resource('state'), list: { kind: 'list', items: [literal('a'), literal('b"c')] } }], // prettier-ignore
    ['size(resource.name) == 3', { kind: 'compare', comparator: '==', left: { kind: 'size', of: resource('name') }, right: literal(3) }], // prettier-ignore
    ['resource.name.startsWith("x")', { kind: 'string', test: 'startsWith', text: resource('name'), part: literal('x') }],
    ['principal.actors.exists(a, a.subject == "x")', { kind: 'exists', list: principal('actors'), variable: 'a', body: equals(variable('a', 'subject'), literal('x')) }], // prettier-ignore
    ['context.now < timestamp("2026-12-01T00:00:00.000Z")', { kind: 'compare', comparator: '<', left: attribute('context', 'now'), right: literal(new Date(NOW)) }], // prettier-ignore
    ['principal.claims["https://acme.example/unit"] == "x"', equals({ ...principal('claims'), path: ['claims', 'https://acme.example/unit'] }, literal('x'))], // prettier-ignore
  ])('writes %s', (text, condition) => {
    expect(conditionText(condition)).toBe(text);
  });
});

describe('explainCondition', () => {
  it('shows the result of each part, and the values that it has read', () => {
    expect(explainCondition({ kind: 'and', parts: [own, cheap] }, about({ ownerId: 'bob', amount: '999.99' }))).toEqual({
      result: 'false',
      parts: [
        {
          condition: 'resource.ownerId == principal.subject',
          result: 'false',
          values: [
            { attribute: 'resource.ownerId', value: '"bob"' },
            { attribute: 'principal.subject', value: '"alice"' },
          ],
        },
        { condition: 'resource.amount < 1000', result: 'unknown', values: [{ attribute: 'resource.amount', value: '"999.99"' }] },
      ],
    });
  });

  it('says what is missing, and that there is no resource', () => {
    const values = (row: unknown) => explainCondition(cheap, about(row)).parts[0]?.values;
    expect(values({})).toEqual([{ attribute: 'resource.amount', value: 'missing' }]);
    expect(values(undefined)).toEqual([{ attribute: 'resource.amount', value: 'no resource' }]);
  });

  it('shortens a long value', () => {
    const [value] = explainCondition(own, about({ ownerId: 'x'.repeat(500) })).parts[0]?.values ?? [];
    expect(value?.value.length).toBeLessThan(100);
  });
});
