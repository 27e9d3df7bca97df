import { buildSchema, execute, parse, type GraphQLFieldResolver } from 'graphql';
import {
  hasSeveralRoots,
  isSubscribing,
  isSubscription,
  isWholeOperation,
} from '../../../../lib/transports/graphql/graphql-operation.js';

const SCHEMA = buildSchema('type Query { a: Int b: Int! c: C! } type C { d: Int! } type Subscription { e: Int f: Int }');

/** The arguments with which graphql-js calls the resolvers of an operation. */
function calls(query: string): readonly unknown[][] {
  const found: unknown[][] = [];
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (...call) => {
    found.push(call);
    return call[3].fieldName === 'c' ? {} : 1;
  };
  void execute({ schema: SCHEMA, document: parse(query), fieldResolver, contextValue: {} });
  return found;
}

/** A list that counts its reads. */
class Counted {
  looks = 0;
  readonly selections: readonly unknown[];

  constructor(selections: readonly unknown[]) {
    this.selections = new Proxy(selections, {
      get: (target, key, receiver) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) this.looks++;
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
  }

  /** One resolver call for each of `count` fields. */
  calls(count: number): readonly unknown[][] {
    const operation = { operation: 'query', selectionSet: { selections: this.selections } };
    return Array.from({ length: count }, () => [{}, {}, {}, { operation, path: { prev: undefined }, returnType: 'Int!' }]);
  }
}

describe('several root fields', () => {
  it.each([
    ['{ a b }', true],
    ['{ x: a y: a a }', true],
    ['{ a a ...f } fragment f on Query { a }', false],
    ['{ ...f } fragment f on Query { ...g } fragment g on Query { a ... { b } }', true],
    ['{ ...f ...f } fragment f on Query { a ...f }', false],
    ['{ a @skip(if: false) b @include(if: false) }', true],
    ['{ c { d } }', false],
  ])('are requested by %s: %s', (query, areSeveral) => {
    expect(hasSeveralRoots(calls(query)[0] ?? [])).toBe(areSeveral);
  });

  it('are none if a call has no operation', () => {
    for (const call of [[{}, {}, {}, {}], [], [{}, {}, {}, null]]) expect(hasSeveralRoots(call)).toBe(false);
  });

  const field = (value: string) => ({ kind: 'Field', name: { value } });

  it.each<[string, readonly unknown[], number]>([
    ['no further than the second name', Array.from({ length: 12_000 }, (_, at) => field(`a${at}`)), 2],
    ['once, if all have one name', Array.from({ length: 1000 }, () => field('a')), 1000],
    ['once, if the second name comes last', [...Array.from({ length: 1000 }, () => field('a')), field('b')], 1001],
  ])('are counted %s, however many fields are refused', (_what, selections, looks) => {
    const counted = new Counted(selections);
    for (const call of counted.calls(1000)) isWholeOperation(call);
    expect(counted.looks).toBe(looks);
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

  it('only for a root field', () => {
    const [root, nested] = calls('{ c { d } }');
    expect([isWholeOperation(root ?? []), isWholeOperation(nested ?? [])]).toEqual([true, false]);
  });
});

it('treats a refused entity of a federation as one of many', () => {
  const [, , , info] = calls('{ b }')[0] ?? [];
  expect(isWholeOperation([{ __typename: 'C' }, {}, info])).toBe(false);
});

it('recognises a subscription', () => {
  const [call = []] = calls('subscription { e }');
  expect([isSubscription(call), isSubscribing(call)]).toEqual([true, true]);
  const [query = []] = calls('{ a }');
  expect([isSubscription(query), isSubscribing(query)]).toEqual([false, false]);
});
