import type { FilterAttribute, FilterTest, Literal, ResourceFilter } from '../../../lib/core/index.js';

/** Returns a filter with a test. `true`: all rows, `false`: none. */
export function filter(test: FilterTest | boolean): ResourceFilter {
  const selection =
    typeof test === 'boolean' ? ({ kind: test ? 'always' : 'never' } as const) : ({ kind: 'where', test } as const);
  return { permission: 'orders:read', revision: 'r1', selection };
}

export function attribute(name: string, type?: FilterAttribute['type']): FilterAttribute {
  return { kind: 'attribute', path: name.split('.'), type };
}

export function literal(value: string | number | boolean | Date): Literal {
  return (
    value instanceof Date
      ? { kind: 'literal', type: 'timestamp', value: value.getTime() }
      : { kind: 'literal', type: typeof value, value }
  ) as Literal;
}

/** `resource.ownerId == "u1"`. */
export const OWN: FilterTest = { kind: 'compare', comparator: '==', left: attribute('ownerId'), right: literal('u1') };

export function compare(
  left: string,
  comparator: '==' | '!=' | '<' | '<=' | '>' | '>=',
  right: string | number | boolean | Date,
): FilterTest {
  return { kind: 'compare', comparator, left: attribute(left), right: literal(right) };
}

export function search(text: string, test: 'startsWith' | 'endsWith' | 'contains', part: string, negated = false): FilterTest {
  return {
    kind: 'string',
    test,
    negated,
    text: attribute(text),
    part: literal(part) as Extract<Literal, { readonly type: 'string' }>,
  };
}

/** An AuthzConfigError with a code, and a message that contains a string. */
export function refusal(code: string, message = ''): Error {
  return expect.objectContaining({
    name: 'AuthzConfigError',
    code,
    message: expect.stringContaining(message) as string,
  }) as Error;
}
