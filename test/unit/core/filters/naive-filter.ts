import type { FilterOperand, FilterTest } from '../../../../lib/core/index.js';

/** Applies the meaning of a test as its documentation states it, without code of the library. */
export function selects(test: FilterTest, row: object): boolean {
  switch (test.kind) {
    case 'and':
      return test.parts.every((part) => selects(part, row));
    case 'or':
      return test.parts.some((part) => selects(part, row));
    case 'unsupported':
      throw new Error(test.problem);
    default:
      return isMet(test, row);
  }
}

function isMet(
  test: Exclude<FilterTest, { readonly kind: 'and' | 'or' } | { readonly kind: 'unsupported' }>,
  row: object,
): boolean {
  switch (test.kind) {
    case 'has':
      return (read(test.attribute, row) !== undefined) !== test.negated;
    case 'compare':
      return compared(test.comparator, read(test.left, row), read(test.right, row));
    case 'in': {
      const item = read(test.item, row);
      const values = test.values.map((value) => read(value, row));
      if (!values.every((value) => compared('==', item, value) || compared('!=', item, value))) return false;
      return values.some((value) => compared('==', item, value)) !== test.negated;
    }
    case 'string': {
      const [text, part] = [read(test.text, row), read(test.part, row)];
      if (typeof text !== 'string' || typeof part !== 'string') return false;
      const met = { startsWith: text.startsWith(part), endsWith: text.endsWith(part), contains: text.includes(part) }[test.test];
      return met !== test.negated;
    }
  }
}

function read(operand: FilterOperand, row: object): unknown {
  if (operand.kind === 'literal') return operand.type === 'timestamp' ? new Date(operand.value) : operand.value;
  if (operand.kind === 'size') return sizeOf(read(operand.of, row));
  const value = operand.path.reduce<unknown>(member, row);
  if (value === null || Number.isNaN(value)) return undefined;
  return operand.type === undefined || typeof value === operand.type ? value : undefined;
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string') return Array.from(value).length;
  return Array.isArray(value) ? value.length : undefined;
}

function member(of: unknown, name: string): unknown {
  const isPlain = typeof of === 'object' && of !== null && !Array.isArray(of) && !(of instanceof Date);
  return isPlain ? (of as Record<string, unknown>)[name] : undefined;
}

function compared(comparator: string, left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined || typeof left !== typeof right) return false;
  if (typeof left === 'object' && !(left instanceof Date && right instanceof Date)) return false;
  const [a, b] = [left, right].map((side) => (side instanceof Date ? side.getTime() : side)) as [number, number];
  if (typeof a === 'boolean' && comparator !== '==' && comparator !== '!=') return false;
  return { '==': a === b, '!=': a !== b, '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b }[comparator] === true;
}
