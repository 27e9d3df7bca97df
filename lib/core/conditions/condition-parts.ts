import type { Attribute, Condition, LiteralList, Operand } from './condition.interface.js';

/** Calls the function for the kind of a condition. */
export type ByKind<Result> = { readonly [Kind in Condition['kind']]: (condition: OfKind<Kind>) => Result };
/** A condition of one kind. */
export type OfKind<Kind extends Condition['kind']> = Condition extends infer Each
  ? Each extends { readonly kind: infer Kinds }
    ? Kind extends Kinds
      ? Each
      : never
    : never
  : never;

/** Applies the function for the condition's kind. */
export function byKind<Result>(functions: ByKind<Result>, condition: Condition): Result {
  return (functions[condition.kind] as (each: Condition) => Result)(condition);
}

/** Returns the conditions directly inside a condition. */
export function partsOf(condition: Condition): readonly Condition[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.parts;
    case 'not':
      return [condition.part];
    case 'exists':
      return [condition.body];
    default:
      return [];
  }
}

const NO_OPERANDS = () => [];
const OPERANDS: ByKind<readonly (Operand | LiteralList)[]> = {
  constant: NO_OPERANDS,
  and: NO_OPERANDS,
  or: NO_OPERANDS,
  not: NO_OPERANDS,
  compare: ({ left, right }) => [left, right],
  in: ({ item, list }) => [item, list],
  has: ({ attribute }) => [attribute],
  string: ({ text, part }) => [text, part],
  exists: ({ list }) => [list],
  boolean: ({ attribute }) => [attribute],
};

/** Returns the attributes that a condition reads itself, without those of its parts. */
export function attributesOf(condition: Condition): readonly Attribute[] {
  return byKind(OPERANDS, condition).flatMap((operand) => {
    if (operand.kind === 'size') return [operand.of];
    return operand.kind === 'attribute' ? [operand] : [];
  });
}

/** Returns whether the result of a condition can depend on the resource. */
export function readsResource(condition: Condition): boolean {
  return attributesOf(condition).some(({ root }) => root === 'resource') || partsOf(condition).some(readsResource);
}
