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
  const [text, own] = writtenBare(condition);
  return own < outer ? `(${text})` : text;
}

function writtenBare(condition: Condition): readonly [text: string, precedence: number] {
  switch (condition.kind) {
    case 'constant':
      return [String(condition.value), UNARY];
    case 'or':
      return [condition.parts.map((part) => written(part, AND)).join(' || '), OR];
    case 'and':
      return [condition.parts.map((part) => written(part, COMPARISON)).join(' && '), AND];
    case 'not':
      return [`!${written(condition.part, UNARY)}`, UNARY];
    case 'compare':
      return [`${operandText(condition.left)} ${condition.comparator} ${operandText(condition.right)}`, COMPARISON];
    case 'in':
      return [`${operandText(condition.item)} in ${listText(condition.list)}`, COMPARISON];
    case 'has':
      return [`has(${attributeText(condition.attribute)})`, UNARY];
    case 'string':
      return [`${operandText(condition.text)}.${condition.test}(${operandText(condition.part)})`, UNARY];
    case 'exists':
      return [`${listText(condition.list)}.exists(${condition.variable}, ${written(condition.body, 0)})`, UNARY];
    case 'boolean':
      return [attributeText(condition.attribute), UNARY];
  }
}

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
    (text, name) => (/^[A-Za-z_]\w*$/.test(name) ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`),
    variable || root,
  );
}

function literalText({ type, value }: Literal): string {
  if (type === 'timestamp') return `timestamp("${new Date(value).toISOString()}")`;
  return JSON.stringify(value);
}
