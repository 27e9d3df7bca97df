import {
  shown,
  didYouMean,
  type Attribute,
  type Comparator,
  type Condition,
  type LiteralList,
  type ScalarType,
  type StringTest,
} from '../../core/index.js';
import { isAttribute, readAttribute, type Scope } from './attributes.js';
import type { SyntaxNode } from './cel-syntax.js';
import { fail } from './condition-fault.error.js';
import { readLiteralList, readOperand, type TypedOperand } from './operands.js';
import { elementType, refuseForbidden, scalarType, type StaticType } from './static-type.js';

const COMPARATORS = new Set<string>(['==', '!=', '<', '<=', '>', '>='] satisfies Comparator[]);
const STRING_TESTS = new Set<string>(['startsWith', 'endsWith', 'contains'] satisfies StringTest[]);
const FUNCTIONS = ['has', 'size', 'timestamp', 'exists', ...STRING_TESTS];
const ROOTS = ['resource', 'principal', 'context'];

/** Turns a syntax tree into a condition, and checks names and types. @throws ConditionFaultError */
export function readCondition(node: SyntaxNode, scope: Scope): Condition {
  switch (node.op) {
    case '&&':
      return { kind: 'and', parts: chain(node, '&&').flatMap((part) => flattened('and', readCondition(part, scope))) };
    case '||':
      return { kind: 'or', parts: chain(node, '||').flatMap((part) => flattened('or', readCondition(part, scope))) };
    case '!_':
      return { kind: 'not', part: readCondition(node.args, scope) };
    case 'in':
      return readIn(node.args, scope);
    case 'call':
      return readCall(node.args[0], node.args[1], node.pos, scope);
    case 'rcall':
      return readMethod(node, scope);
    default:
      return COMPARATORS.has(node.op) ? readComparison(node, scope) : readTruth(node, scope);
  }
}

/** Returns the operands of a chain of the same operator. The tree is as deep as the chain is long. */
function chain(node: SyntaxNode, operator: '&&' | '||'): readonly SyntaxNode[] {
  const parts: SyntaxNode[] = [];
  let at = node;
  while (at.op === operator) {
    parts.unshift(at.args[1]);
    at = at.args[0];
  }
  return [at, ...parts];
}

/** `a && (b && c)` is `a && b && c`. */
function flattened(kind: 'and' | 'or', part: Condition): readonly Condition[] {
  return part.kind === kind ? part.parts : [part];
}

/** Reads a condition that is a single value: a literal, or a boolean attribute. */
function readTruth(node: SyntaxNode, scope: Scope): Condition {
  if (isAttribute(node)) {
    const { attribute, type, at } = readAttribute(node, scope);
    const known = scalarType(type, at);
    if (known !== undefined && known !== 'boolean') fail(`must be true or false, and this is a ${known}: compare it.`, at);
    return { kind: 'boolean', attribute };
  }
  const { operand, type } = readOperand(node, scope);
  if (operand.kind === 'literal' && operand.type === 'boolean') return { kind: 'constant', value: operand.value };
  return fail(`must be true or false, and this is a ${type ?? 'value'}: compare it.`, node.start);
}

function readComparison(node: SyntaxNode, scope: Scope): Condition {
  const comparator = node.op as Comparator;
  const [one, other] = (node.args as [SyntaxNode, SyntaxNode]).map((side) => readOperand(side, scope)) as [
    TypedOperand,
    TypedOperand,
  ];
  const at = node.start;
  refuseUnequal(one.type, other.type, at);
  const isOrdered = comparator !== '==' && comparator !== '!=';
  if (isOrdered && (one.type ?? other.type) === 'boolean') fail('true and false have no order: write == or !=.', at);
  return { kind: 'compare', comparator, left: one.operand, right: other.operand };
}

/** Values of two types are never equal and have no order, so the result would always be unknown. */
function refuseUnequal(one: ScalarType | undefined, other: ScalarType | undefined, at: number): void {
  if (one === undefined || other === undefined || one === other) return;
  const types = [one, other];
  const hint =
    types.includes('timestamp') && types.includes('string') ? ' Write a time as timestamp("2026-12-31T23:59:59Z").' : '';
  fail(`a ${one} and a ${other} cannot be compared.${hint}`, at);
}

function readIn([left, right]: readonly [SyntaxNode, SyntaxNode], scope: Scope): Condition {
  const { operand: item, type } = readOperand(left, scope);
  const [list, element] = readList(right, scope);
  const elements = scalarType(element, right.start);
  if (type !== undefined && elements !== undefined && type !== elements)
    fail(`the list has ${elements}s, and this is a ${type}, so it is never in the list.`, left.start);
  return { kind: 'in', item, list };
}

/** Reads a list with the type of its elements. */
function readList(node: SyntaxNode, scope: Scope): readonly [list: Attribute | LiteralList, element: StaticType] {
  if (node.op === 'list') {
    const list = readLiteralList(node.args);
    return [list, list.items[0]?.type];
  }
  if (isAttribute(node)) {
    const { attribute, type, at } = readAttribute(node, scope);
    return [attribute, elementType(type, at)];
  }
  return fail('must be a list: an attribute, or literals such as ["a", "b"].', node.start);
}

function readCall(name: string, args: readonly SyntaxNode[], at: number, scope: Scope): Condition {
  if (name === 'has') return readHas(args, at, scope);
  if (name === 'size' || name === 'timestamp')
    return fail(`${name}() is a value: compare it, such as size(resource.tags) > 0.`, at);
  return refuseFunction(name, at);
}

function readHas([node, ...more]: readonly SyntaxNode[], at: number, scope: Scope): Condition {
  if (node === undefined || more.length > 0 || (node.op !== '.' && node.op !== '[]'))
    return fail('has() takes one attribute, such as has(resource.ownerId).', at);
  return { kind: 'has', attribute: readAttribute(node, scope).attribute };
}

function readMethod(node: Extract<SyntaxNode, { readonly op: 'rcall' }>, scope: Scope): Condition {
  const [name, receiver, args] = node.args;
  if (STRING_TESTS.has(name)) return readStringTest(name as StringTest, receiver, args, scope);
  if (name === 'exists') return readExists(receiver, args, scope);
  if (name === 'size') return fail('size() is a value: compare it, such as size(resource.tags) > 0.', receiver.start);
  return refuseFunction(name, receiver.end + 1);
}

function refuseFunction(name: string, at: number): never {
  refuseForbidden(name, at);
  const instead = INSTEAD.get(name) ?? didYouMean(name, FUNCTIONS);
  return fail(`the language has no function ${shown(name)}. It has ${FUNCTIONS.join(', ')}.${instead}`, at);
}

const INSTEAD = new Map([
  ['matches', ' A regular expression can take seconds: write startsWith, endsWith or contains.'],
  ['all', ' Write !list.exists(a, !(…)) in place of list.all(a, …).'],
]);

function readStringTest(test: StringTest, receiver: SyntaxNode, args: readonly SyntaxNode[], scope: Scope): Condition {
  const [argument, ...more] = args;
  if (argument === undefined || more.length > 0) return fail(`${test}() takes one string.`, receiver.start);
  return { kind: 'string', test, text: readText(receiver, test, scope), part: readText(argument, test, scope) };
}

function readText(node: SyntaxNode, test: StringTest, scope: Scope): TypedOperand['operand'] {
  const { operand, type } = readOperand(node, scope);
  if (type !== undefined && type !== 'string') fail(`${test}() is for strings, and this is a ${type}.`, node.start);
  return operand;
}

function readExists(receiver: SyntaxNode, args: readonly SyntaxNode[], scope: Scope): Condition {
  const [name, body, ...more] = args;
  if (name?.op !== 'id' || body === undefined || more.length > 0)
    return fail('exists() takes a name for the element and a condition, as in exists(tag, tag == "new").', receiver.start);
  const variable = name.args;
  refuseForbidden(variable, name.pos);
  if (ROOTS.includes(variable) || scope.variables.has(variable))
    fail(`${shown(variable)} already stands for something else: write another name for the element.`, name.pos);
  const [list, element] = readList(receiver, scope);
  const variables = new Map([...scope.variables, [variable, element] as const]);
  return { kind: 'exists', list, variable, body: readCondition(body, { ...scope, variables }) };
}
