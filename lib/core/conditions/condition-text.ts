import { byKind, type ByKind } from './condition-parts.js';
import type { Attribute, Condition, Literal, LiteralList, Operand } from './condition.interface.js';

/** Precedence of the operators, lowest first: a part with a lower one is put in parentheses. */
const OR = 1;
const AND = 2;
const COMPARISON = 3;
const UNARY = 4;

/** Writes a condition in the language of the mapping. Conditions that differ only in spaces, quotes and parentheses have the same text. */
export function conditionText(condition: Condition): string {
  return written(condition, 0);
}

function written(condition: Condition, outer: number): string {
  const [text, own] = byKind(WRITERS, condition);
  return own < outer ? `(${text})` : text;
}

type Written = readonly [text: string, precedence: number];

const WRITERS: ByKind<Written> = {
  constant: ({ value }) => [String(value), UNARY],
  or: ({ parts }) => [parts.map((part) => written(part, AND)).join(' || '), OR],
  and: ({ parts }) => [parts.map((part) => written(part, COMPARISON)).join(' && '), AND],
  not: ({ part }) => [`!${written(part, UNARY)}`, UNARY],
  compare: ({ left, comparator, right }) => [`${operandText(left)} ${comparator} ${operandText(right)}`, COMPARISON],
  in: ({ item, list }) => [`${operandText(item)} in ${listText(list)}`, COMPARISON],
  has: ({ attribute }) => [`has(${attributeText(attribute)})`, UNARY],
  string: ({ text, test, part }) => [`${operandText(text)}.${test}(${operandText(part)})`, UNARY],
  exists: ({ list, variable, body }) => [`${listText(list)}.exists(${variable}, ${written(body, 0)})`, UNARY],
  boolean: ({ attribute }) => [attributeText(attribute), UNARY],
};

function operandText(operand: Operand): string {
  switch (operand.kind) {
    case 'attribute':
      return attributeText(operand);
    case 'size':
      return `size(${attributeText(operand.of)})`;
    case 'literal':
      return literalText(operand);
  }
}

function listText(list: Attribute | LiteralList): string {
  return list.kind === 'attribute' ? attributeText(list) : `[${list.items.map(literalText).join(', ')}]`;
}

/** Writes an attribute: `principal.claims["https://acme.example/unit"]`. */
export function attributeText({ root, variable, path }: Attribute): string {
  return path.reduce(
    (text, name) =>
      /^(?!(?:in|true|false|null)$)[A-Za-z_]\w*$/.test(name) ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`,
    variable || root,
  );
}

function literalText({ type, value }: Literal): string {
  if (type === 'timestamp') return `timestamp("${new Date(value).toISOString()}")`;
  // Whole numbers beyond 2^53 have an exponent: without one, the parser refuses them.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return (value as number).toExponential();
  return JSON.stringify(value);
}
