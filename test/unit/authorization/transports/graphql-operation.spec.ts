import { buildSchema, execute, parse, type GraphQLFieldResolver } from 'graphql';
import {
  isSubscribing,
  isSubscription,
  isWholeOperation,
  rootFields,
} from '../../../../lib/authorization/transports/graphql-operation.js';

const SCHEMA = buildSchema('type Query { a: Int b: Int! c: C! } type C { d: Int! } type Subscription { e: Int f: Int }');

/** What graphql-js calls the resolvers of an operation with. */
function calls(query: string): readonly unknown[][] {
  const found: unknown[][] = [];
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (...call) => {
    found.push(call);
    return call[3].fieldName === 'c' ? {} : 1;
  };
  execute({ schema: SCHEMA, document: parse(query), fieldResolver, contextValue: {} });
  return found;
}

describe('the fields of the root', () => {
  it.each([
    ['{ a b }', ['a', 'b']],
    ['{ x: a y: a a }', ['x', 'y', 'a']],
    ['{ a a ...f } fragment f on Query { a }', ['a']],
    ['{ ...f } fragment f on Query { ...g } fragment g on Query { a ... { b } }', ['a', 'b']],
    ['{ ...f ...f } fragment f on Query { a ...f }', ['a']],
    ['{ a @skip(if: false) b @include(if: false) }', ['a', 'b']],
    ['{ c { d } }', ['c']],
  ])('of %s are %j', (query, names) => {
    expect([...rootFields(calls(query)[0] ?? [])]).toEqual(names);
  });

  it('are none where a call says nothing of its operation', () => {
    expect(rootFields([{}, {}, {}, {}]).size).toBe(0);
    expect(rootFields([]).size).toBe(0);
    expect(rootFields([{}, {}, {}, null]).size).toBe(0);
  });
});

describe('a refusal leaves no data', () => {
  it.each([
    ['{ b }', true],
    ['{ x: b ...f } fragment f on Query { x: b }', true],
    ['{ a }', false],
    ['{ b a }', false],
    ['{ x: b y: b }', false],
  ])('of %s: %s', (query, isWhole) => {
    expect(isWholeOperation(calls(query)[0] ?? [])).toBe(isWhole);
  });

  it('only where it is for a field of the root', () => {
    const [root, nested] = calls('{ c { d } }');
    expect([isWholeOperation(root ?? []), isWholeOperation(nested ?? [])]).toEqual([true, false]);
  });
});

it('knows who subscribes', () => {
  const [call = []] = calls('subscription { e }');
  expect([isSubscription(call), isSubscribing(call)]).toEqual([true, true]);
  const [query = []] = calls('{ a }');
  expect([isSubscription(query), isSubscribing(query)]).toEqual([false, false]);
});
