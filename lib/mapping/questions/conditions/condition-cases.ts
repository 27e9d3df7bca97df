import {
  byKind,
  compileCondition,
  type Attribute,
  type AttributeType,
  type ByKind,
  type Comparator,
  type Condition,
  type ConditionFacts,
  type Literal,
  type Operand,
  type ScalarType,
} from '../../../core/index.js';
import { EQUAL, GREATER, SMALLER, type Constraint } from './constraint.interface.js';
import { isNow } from './known-values.js';

/** What the result of a condition is to be. Not true: false or unknown; not false: true or unknown. */
export type Want = 'true' | 'false' | 'notTrue' | 'notFalse';

/** A condition with its wanted result. */
export interface Wanted {
  readonly condition: Condition;
  readonly want: Want;
}

/** The body of `exists`, which is true for some element. */
interface Within {
  readonly kind: 'within';
  readonly body: Condition;
}

/** Facts and conditions that hold together. */
export type Case = readonly (Constraint | Wanted | Within)[];

const OPPOSITE = { true: 'false', false: 'true', notTrue: 'notFalse', notFalse: 'notTrue' } as const;
const TRUE = 1;
const FALSE = 2;
const UNKNOWN = 4;

/** Returns the cases in which a condition has the wanted result. None of them may really occur, but no other does. */
export function casesOf({ condition, want }: Wanted): readonly Case[] {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const parts = condition.parts.map((part): Wanted => ({ condition: part, want }));
      const isEveryPart = (condition.kind === 'and') === (want === 'true' || want === 'notFalse');
      return isEveryPart ? [parts] : parts.map((part) => [part]);
    }
    case 'not':
      return [[{ condition: condition.part, want: OPPOSITE[want] }]];
    default:
      return casesOfAtom(condition, want);
  }
}

type Atom = Exclude<Condition, { readonly kind: 'and' | 'or' | 'not' }>;

/** The cases by result. */
interface ByResult {
  readonly true: readonly Case[];
  readonly false: readonly Case[];
  readonly unknown: readonly Case[];
}

/** By atom: the same conditions are asked about again and again. */
const known = new WeakMap<Atom, { readonly key: string; readonly cases: ByResult }>();

function casesOfAtom(condition: Atom, want: Want): readonly Case[] {
  let found = known.get(condition);
  if (found === undefined) known.set(condition, (found = { key: JSON.stringify(condition), cases: byKind(CASES, condition) }));
  const { key, cases } = found;
  const having = (of: readonly Case[], results: number) => of.map((each): Case => [{ kind: 'result', key, results }, ...each]);
  const definite = want === 'true' || want === 'notFalse' ? having(cases.true, TRUE) : having(cases.false, FALSE);
  return want === 'true' || want === 'false' ? definite : [...definite, ...having(cases.unknown, UNKNOWN)];
}

const NEVER: readonly Case[] = [];
const MAYBE: readonly Case[] = [[]];
const ALWAYS_TRUE: ByResult = { true: MAYBE, false: NEVER, unknown: NEVER };
const ALWAYS_FALSE: ByResult = { true: NEVER, false: MAYBE, unknown: NEVER };
const ALWAYS_UNKNOWN: ByResult = { true: NEVER, false: NEVER, unknown: MAYBE };

const CASES: ByKind<ByResult> = {
  constant: ({ value }) => (value ? ALWAYS_TRUE : ALWAYS_FALSE),
  and: () => ALWAYS_UNKNOWN,
  or: () => ALWAYS_UNKNOWN,
  not: () => ALWAYS_UNKNOWN,
  has: ({ attribute }) => ({
    true: [[{ kind: 'present', attribute }]],
    false: [[{ kind: 'missing', attribute }]],
    unknown: NEVER,
  }),
  boolean: ({ attribute }) => {
    const is = (value: boolean): readonly Case[] => [
      [{ kind: 'among', operand: attribute, isAmong: true, literals: [{ kind: 'literal', type: 'boolean', value }] }],
    ];
    return { true: is(true), false: is(false), unknown: undecided([attribute], 'boolean') };
  },
  compare: (condition) => {
    const { left, comparator, right } = condition;
    if (left.kind === 'literal' && right.kind === 'literal') return decided(condition);
    const isOrder = comparator !== '==' && comparator !== '!=';
    if (isOrder && [left, right].some((side) => typeOf(side) === 'boolean')) return ALWAYS_UNKNOWN;
    const related = (ways: number): readonly Case[] => [[{ kind: 'related', left, ways, right }]];
    return {
      true: related(WAYS[comparator]),
      false: related(ALL_WAYS & ~WAYS[comparator]),
      unknown: undecided([left, right], typeOf(left) ?? typeOf(right)),
    };
  },
  string: (condition) => {
    const { text, test, part } = condition;
    if (text.kind === 'literal' && part.kind === 'literal') return decided(condition);
    const having = (result: boolean): readonly Case[] => [[{ kind: 'string', text, test, part, result }]];
    return { true: having(true), false: having(false), unknown: undecided([text, part], 'string') };
  },
  in: (condition) => {
    const { item, list } = condition;
    if (list.kind === 'list') return item.kind === 'literal' ? decided(condition) : amongLiterals(item, list.items);
    const present = [...presenceOf(item, 'present'), ...presenceOf(list, 'present')];
    return { true: [present], false: [present], unknown: MAYBE };
  },
  exists: ({ list, body }) => {
    if (list.kind === 'list')
      return list.items.length === 0 ? ALWAYS_FALSE : { true: [[{ kind: 'within', body }]], false: MAYBE, unknown: MAYBE };
    const present = presenceOf(list, 'present');
    return { true: [[...present, { kind: 'within', body }]], false: [present], unknown: MAYBE };
  },
};

const ALL_WAYS = SMALLER | EQUAL | GREATER;
const WAYS: Readonly<Record<Comparator, number>> = {
  '==': EQUAL,
  '!=': SMALLER | GREATER,
  '<': SMALLER,
  '<=': SMALLER | EQUAL,
  '>': GREATER,
  '>=': GREATER | EQUAL,
};

/** A literal reads no facts. */
const NO_FACTS = {} as ConditionFacts;

function decided(condition: Condition): ByResult {
  const truth = compileCondition(condition)(NO_FACTS);
  if (truth === undefined) return ALWAYS_UNKNOWN;
  return truth ? ALWAYS_TRUE : ALWAYS_FALSE;
}

function amongLiterals(operand: Operand, literals: readonly Literal[]): ByResult {
  const types = [...new Set(literals.map(({ type }) => type))];
  const among = (isAmong: boolean, of: readonly Literal[]): Case => [{ kind: 'among', operand, isAmong, literals: of }];
  const ofType = (type: string) => literals.filter((literal) => literal.type === type);
  return {
    true: types.map((type) => among(true, ofType(type))),
    // An element of another type is unknown, so "none of them" is unknown.
    false: types.length > 1 ? NEVER : [[...among(false, literals), ...presenceOf(operand, 'present')]],
    unknown: types.length > 1 ? MAYBE : undecided([operand], types[0] ?? typeOf(operand)),
  };
}

/** Returns the cases in which operands that must be of one type cannot be compared. */
function undecided(operands: readonly Operand[], type: AttributeType | undefined): readonly Case[] {
  const isOfOther = (operand: Operand) => typeOf(operand) !== undefined && typeOf(operand) !== type;
  // Lists are never comparable.
  if (type === undefined || !isScalar(type) || operands.some(isOfOther)) return MAYBE;
  return operands.filter(({ kind }) => kind !== 'literal').map((operand): Case => [{ kind: 'unfit', operand, type }]);
}

function isScalar(type: AttributeType): type is ScalarType {
  return !type.endsWith('[]');
}

function typeOf(operand: Operand): AttributeType | undefined {
  if (operand.kind === 'size') return 'number';
  return operand.kind === 'attribute' && isNow(operand) ? 'timestamp' : operand.type;
}

function presenceOf(operand: Operand | Attribute, kind: 'present' | 'missing'): readonly Constraint[] {
  if (operand.kind === 'literal') return [];
  return [{ kind, attribute: operand.kind === 'size' ? operand.of : operand }];
}
