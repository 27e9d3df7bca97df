import { attributeReader, elementOf, type ReadAttribute, type Variables } from './attribute-value.js';
import { comparing, equal, not, sizeOf } from './compare-values.js';
import { byKind, type ByKind } from './condition-parts.js';
import type { Attribute, Condition, LiteralList, Operand, StringTest, Truth } from './condition.interface.js';
import type { ConditionFacts } from './condition-facts.interface.js';

/** Evaluates a compiled condition. */
export type EvaluateCondition = (facts: ConditionFacts, variables?: Variables) => Truth;

/** By condition, which many sets of roles share. */
const compiled = new WeakMap<Condition, EvaluateCondition>();

/** Turns a condition into a function, once. */
export function compileCondition(condition: Condition): EvaluateCondition {
  let evaluate = compiled.get(condition);
  if (evaluate === undefined) compiled.set(condition, (evaluate = compile(condition)));
  return evaluate;
}

function compile(condition: Condition): EvaluateCondition {
  return byKind(COMPILERS, condition);
}

const COMPILERS: ByKind<EvaluateCondition> = {
  constant:
    ({ value }) =>
    () =>
      value,
  and: ({ parts }) => all(parts.map(compile)),
  or: ({ parts }) => any(parts.map(compile)),
  not: ({ part }) => {
    const negated = compile(part);
    return (facts, variables) => not(negated(facts, variables));
  },
  compare: ({ left: one, right: other, comparator }) => {
    const [left, right, compare] = [operand(one), operand(other), comparing(comparator)];
    return (facts, variables) => compare(left(facts, variables), right(facts, variables));
  },
  in: (condition) => {
    const item = operand(condition.item);
    if (condition.list.kind === 'list') {
      const values = literals(condition.list);
      return (facts, variables) => isInLiterals(item(facts, variables), values);
    }
    const list = elements(condition.list);
    return (facts, variables) => isIn(item(facts, variables), list(facts, variables));
  },
  has: ({ attribute }) => {
    const read = attributeReader(attribute);
    return (facts, variables) => read(facts, variables) !== undefined;
  },
  string: (condition) => {
    const [text, part, test] = [operand(condition.text), operand(condition.part), STRING_TESTS[condition.test]];
    return (facts, variables) => testString(text(facts, variables), part(facts, variables), test);
  },
  exists: (condition) => {
    const [list, body, name] = [elements(condition.list), compile(condition.body), condition.variable];
    return (facts, outer) => {
      const values = list(facts, outer);
      if (!Array.isArray(values)) return undefined;
      let result: Truth = false;
      for (const element of values as readonly unknown[]) {
        const truth = body(facts, { name, value: elementOf(element), outer });
        if (truth === true) return true;
        if (truth === undefined) result = undefined;
      }
      return result;
    };
  },
  boolean: ({ attribute }) => {
    const read = attributeReader(attribute);
    return (facts, variables) => {
      const value = read(facts, variables);
      return typeof value === 'boolean' ? value : undefined;
    };
  },
};

/** False if any part is false, else unknown if any is unknown. */
function all(parts: readonly EvaluateCondition[]): EvaluateCondition {
  return (facts, variables) => {
    let result: Truth = true;
    for (const part of parts) {
      const truth = part(facts, variables);
      if (truth === false) return false;
      if (truth === undefined) result = undefined;
    }
    return result;
  };
}

/** True if any part is true, else unknown if any is unknown. */
function any(parts: readonly EvaluateCondition[]): EvaluateCondition {
  return (facts, variables) => {
    let result: Truth = false;
    for (const part of parts) {
      const truth = part(facts, variables);
      if (truth === true) return true;
      if (truth === undefined) result = undefined;
    }
    return result;
  };
}

function operand(side: Operand): ReadAttribute {
  switch (side.kind) {
    case 'attribute':
      return attributeReader(side);
    case 'size': {
      const read = attributeReader(side.of);
      return (facts, variables) => sizeOf(read(facts, variables));
    }
    case 'literal': {
      const value = side.type === 'timestamp' ? new Date(side.value) : side.value;
      return () => value;
    }
  }
}

function elements(list: Attribute | LiteralList): ReadAttribute {
  if (list.kind === 'attribute') return attributeReader(list);
  const values = literals(list);
  return () => values;
}

function literals({ items }: LiteralList): readonly unknown[] {
  return items.map((item) => operand(item)(NO_FACTS, undefined));
}

/** A literal reads no facts. */
const NO_FACTS = {} as ConditionFacts;

/** The same as `item == list[0] || item == list[1] || ...`, but unknown for a missing item even if the list is empty. */
function isIn(item: unknown, list: unknown): Truth {
  if (item === undefined || !Array.isArray(list)) return undefined;
  let result: Truth = false;
  for (const element of list as readonly unknown[]) {
    const truth = equal(item, elementOf(element));
    if (truth === true) return true;
    if (truth === undefined) result = undefined;
  }
  return result;
}

/** As {@link isIn}, without a check of the elements: they are literals. */
function isInLiterals(item: unknown, list: readonly unknown[]): Truth {
  if (item === undefined) return undefined;
  let result: Truth = false;
  for (const element of list) {
    const truth = equal(item, element);
    if (truth === true) return true;
    if (truth === undefined) result = undefined;
  }
  return result;
}

const STRING_TESTS: Readonly<Record<StringTest, (text: string, part: string) => boolean>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};

function testString(text: unknown, part: unknown, test: (text: string, part: string) => boolean): Truth {
  return typeof text === 'string' && typeof part === 'string' ? test(text, part) : undefined;
}
