import { parseTimestamp, shown, type Literal, type LiteralList, type Operand, type ScalarType } from '../../core/index.js';
import { isAttribute, readAttribute, type Scope } from './attributes.js';
import type { SyntaxNode } from './cel-syntax.js';
import { fail } from './condition-fault.error.js';
import { scalarType } from './static-type.js';

/** A side of a comparison with its type; `undefined`: not declared. */
export interface TypedOperand {
  readonly operand: Operand;
  readonly type: ScalarType | undefined;
}

const ARITHMETIC = new Set<string>(['+', '-', '*', '/', '%', '-_']);

/** Reads a side of a comparison. @throws ConditionFaultError */
export function readOperand(node: SyntaxNode, scope: Scope): TypedOperand {
  if (isAttribute(node)) {
    const { attribute, type, at } = readAttribute(node, scope);
    return { operand: attribute, type: scalarType(type, at) };
  }
  const literal = readLiteral(node);
  if (literal !== undefined) return { operand: literal, type: literal.type };
  const measured = measuredBy(node);
  if (measured !== undefined) return { operand: readSize(measured, scope), type: 'number' };
  return refuseOperand(node);
}

function refuseOperand(node: SyntaxNode): never {
  if (ARITHMETIC.has(node.op)) return fail('the language does not calculate: put the result into an attribute.', node.pos);
  if (node.op === 'list') return fail('lists are not compared: write "x" in list or list.exists(a, a == "x").', node.start);
  return fail(
    'a comparison takes attributes, literals and size(): join comparisons with && and ||, such as 1 < x && x < 3.',
    node.start,
  );
}

/** Reads a literal; returns `undefined` if the node is something else. @throws ConditionFaultError */
function readLiteral(node: SyntaxNode): Literal | undefined {
  if (node.op === 'value') return literalOf(node.args, node.pos);
  if (node.op === '-_') {
    const number = readLiteral(node.args);
    return number?.type === 'number' ? numberLiteral(-number.value) : undefined;
  }
  return node.op === 'call' && node.args[0] === 'timestamp' ? timestampLiteral(node.args[1], node.pos) : undefined;
}

function literalOf(value: unknown, at: number): Literal {
  if (typeof value === 'string') return { kind: 'literal', type: 'string', value };
  if (typeof value === 'boolean') return { kind: 'literal', type: 'boolean', value };
  if (typeof value === 'bigint' || typeof value === 'number') return numberLiteral(Number(value));
  return fail('is not a literal of the language.', at);
}

/** −0 is 0. */
function numberLiteral(value: number): Literal {
  return { kind: 'literal', type: 'number', value: value === 0 ? 0 : value };
}

function timestampLiteral(args: readonly SyntaxNode[], at: number): Literal {
  const [text] = args;
  if (args.length !== 1 || text?.op !== 'value' || typeof text.args !== 'string')
    return fail(
      'timestamp() takes a string, such as timestamp("2026-12-31T23:59:59Z"). An attribute is a timestamp if "resources" declares it so.',
      at,
    );
  const written = text.args;
  const value = parseTimestamp(written);
  if (value === undefined || Math.abs(new Date(value).getUTCFullYear() - 5000) > 4999)
    return fail(`${shown(written)} is not a time with its zone, such as "2026-12-31T23:59:59Z" (RFC 3339).`, text.pos);
  if (/\.\d{3}\d*[1-9]/.test(written)) return fail('a time is at most exact to the millisecond.', text.pos);
  return { kind: 'literal', type: 'timestamp', value };
}

/** Returns what `size(x)` or `x.size()` measures. */
function measuredBy(node: SyntaxNode): SyntaxNode | undefined {
  if (node.op === 'call' && node.args[0] === 'size' && node.args[1].length === 1) return node.args[1][0];
  return node.op === 'rcall' && node.args[0] === 'size' && node.args[2].length === 0 ? node.args[1] : undefined;
}

function readSize(node: SyntaxNode, scope: Scope): Operand {
  if (!isAttribute(node))
    return fail('size() takes an attribute: write the number in place of the size of a literal.', node.start);
  const { attribute, type, at } = readAttribute(node, scope);
  const isMeasured = typeof type !== 'string' || type === 'string' || type.endsWith('[]');
  return isMeasured ? { kind: 'size', of: attribute } : fail(`size() takes a string or a list, and this is a ${type}.`, at);
}

/** Reads `[1, 2, 3]`: literals of one type. @throws ConditionFaultError */
export function readLiteralList(nodes: readonly SyntaxNode[]): LiteralList {
  const items = nodes.map((node) => {
    const literal = readLiteral(node);
    if (literal === undefined)
      return fail('a list holds only literals: write a == x || a == y in place of a in [x, y].', node.start);
    return { literal, at: node.start };
  });
  const type = items[0]?.literal.type;
  for (const { literal, at } of items)
    if (literal.type !== type) fail(`a list holds literals of one type, and this is a ${literal.type} after a ${type}.`, at);
  return { kind: 'list', items: items.map(({ literal }) => literal) };
}
