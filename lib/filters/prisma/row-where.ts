import { AuthzConfigError, type Comparator, type Literal } from '../../core/index.js';
import {
  CANONICAL_UUID,
  SCALAR_TYPES,
  type Column,
  type ColumnOperand,
  type ColumnType,
  type Comparison,
  type Membership,
  type Presence,
  type StringComparison,
  type TypedTest,
} from '../columns/index.js';

/** A condition of Prisma: the value of `where`. */
export type PrismaWhere = Record<string, unknown>;

/** What the strings of a database can be tested for without a difference to `authz.can()`. */
export interface StringRules {
  /** Whether equal strings have equal bytes. */
  readonly hasEquality: boolean;
  /** Whether strings are ordered by their bytes. */
  readonly hasOrder: boolean;
  /** Whether LIKE sees a difference in case. */
  readonly hasParts: boolean;
  /** What to do if one of these is false. */
  readonly remedy: string;
}

const OPERATORS: Readonly<Record<Comparator, string>> = {
  '==': 'equals',
  '!=': 'not',
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
};
/** PostgreSQL orders NaN above all numbers, and Prisma passes neither NaN nor infinities. */
const FINITE = { gte: -1e308, lte: 1e308 };
/** What a field of whole numbers holds, as far as it counts as present. */
const WHOLE = {
  integer: { gte: -(2 ** 31), lte: 2 ** 31 - 1 },
  bigint: { gte: Number.MIN_SAFE_INTEGER, lte: Number.MAX_SAFE_INTEGER },
  milliseconds: { gte: -8_640_000_000_000_000, lte: 8_640_000_000_000_000 },
};
type Range = Readonly<Record<'gte' | 'lte', number>>;
const FIRST_TIME = new Date('0001-01-01T00:00:00.000Z');

/**
 * Writes a test of one row as a condition of Prisma.
 *
 * @param idField Name of a field that accepts `in`.
 * @throws AuthzConfigError if Prisma cannot express it, or only with other results.
 */
export function rowWhere(test: TypedTest, strings: StringRules, idField: string): PrismaWhere {
  return new RowWhere(strings, never(idField)).write(test);
}

/** Returns a condition that no row meets. `{ OR: [] }` is met by every row if it is within `AND` (measured with Prisma 7.10). */
export function never(idField: string): PrismaWhere {
  return { [idField]: { in: [] } };
}

class RowWhere {
  constructor(
    private readonly strings: StringRules,
    private readonly never: PrismaWhere,
  ) {}

  write(test: TypedTest): PrismaWhere {
    switch (test.kind) {
      case 'and':
        return { AND: test.parts.map((part) => this.write(part)) };
      case 'or':
        return { OR: test.parts.map((part) => this.write(part)) };
      case 'has':
        return this.presence(test);
      case 'compare':
        return this.comparison(test);
      case 'in':
        return this.membership(test);
      case 'string':
        return this.stringTest(test);
    }
  }

  private presence({ column, negated }: Presence): PrismaWhere {
    if (!negated) return present(column);
    // A row without the related row has no value, either.
    if (column.path.length > 1) return { NOT: present(column) };
    const missing = at(column, [{ equals: null }]);
    if (column.type !== 'bigint' && column.type !== 'milliseconds') return missing;
    const { gte: first, lte: last } = WHOLE[column.type];
    return { OR: [missing, at(column, [{ lt: first }]), at(column, [{ gt: last }])] };
  }

  private comparison({ left, right, comparator }: Comparison): PrismaWhere {
    const column = columnOnly(left);
    if (right.kind !== 'literal') throw unsupported(column, 'Prisma compares a field with a value only');
    if (SCALAR_TYPES[column.type] === 'string') return this.ofStrings(column, comparator, [right]);
    if (right.type === 'timestamp' && column.type === 'timestamp') return withMilliseconds(column, comparator, right.value);
    return this.withNumber(column, comparator, right);
  }

  private membership({ item, negated, values }: Membership): PrismaWhere {
    const column = columnOnly(item);
    if (SCALAR_TYPES[column.type] === 'string') return this.ofStrings(column, negated ? '!=' : '==', values);
    const each = values.map((right) =>
      this.comparison({ kind: 'compare', type: right.type, comparator: negated ? '!=' : '==', left: item, right }),
    );
    return negated ? { AND: each } : { OR: each };
  }

  private ofStrings(column: Column, comparator: Comparator, literals: readonly Literal[]): PrismaWhere {
    const values = literals.map(({ value }) => value as string);
    if (comparator === '==' || comparator === '!=') return this.equality(column, comparator, values);
    if (column.type !== 'string') throw unsupported(column, `a field of type ${column.type} is not ordered as a string`);
    if (!this.strings.hasOrder) throw unsupported(column, this.strings.remedy);
    return at(column, [{ [OPERATORS[comparator]]: values[0] }]);
  }

  private equality(column: Column, comparator: '==' | '!=', given: readonly string[]): PrismaWhere {
    if (!this.strings.hasEquality) throw unsupported(column, this.strings.remedy);
    const values = column.type === 'uuid' ? given.filter((value) => CANONICAL_UUID.test(value)) : given;
    if (values.length > 0) return at(column, [{ [comparator === '==' ? 'in' : 'notIn']: values }]);
    return comparator === '==' ? this.never : present(column);
  }

  /** Also booleans and milliseconds. */
  private withNumber(column: Column, comparator: Comparator, { value }: Literal): PrismaWhere {
    if (typeof value === 'number') {
      const whole = (WHOLE as Readonly<Partial<Record<ColumnType, Range>>>)[column.type];
      if (whole !== undefined && !isWithin(value, whole)) return this.withOther(column, comparator, value, whole);
      if (!Number.isFinite(value)) throw unsupported(column, 'Prisma does not accept an infinite number');
      if (Number(value.toPrecision(15)) !== value) throw unsupported(column, 'Prisma rounds a number of more than 15 digits');
    }
    return at(column, [{ [OPERATORS[comparator]]: value }, ...(comparator === '==' ? [] : ranges(column))]);
  }

  /** A field of whole numbers accepts neither a fraction nor a number that it cannot hold. */
  private withOther(column: Column, comparator: Comparator, value: number, { gte, lte }: Range): PrismaWhere {
    if (comparator === '==') return this.never;
    if (comparator === '!=') return present(column);
    const isBelow = comparator.startsWith('<');
    if (value > lte || value < gte) return value > lte === isBelow ? present(column) : this.never;
    const bound = isBelow ? { lte: Math.floor(value) } : { gte: Math.ceil(value) };
    return at(column, [bound, ...ranges(column)]);
  }

  private stringTest({ test, negated, text, part }: StringComparison): PrismaWhere {
    if (text.kind === 'literal' || part.kind !== 'literal') {
      const column = text.kind === 'literal' ? (part as Column) : text;
      throw unsupported(column, 'Prisma searches a field for a value only');
    }
    if (text.type !== 'string') throw unsupported(text, `a field of type ${text.type} has no ${test}`);
    if (!this.strings.hasParts) throw unsupported(text, this.strings.remedy);
    if (/[%_\\]/.test(part.value)) throw unsupported(text, 'Prisma cannot escape %, _ and \\ in a value to search for');
    const met = at(text, [{ [test]: part.value }]);
    return negated ? at(text, [{ not: { [test]: part.value } }]) : met;
  }
}

/** Prisma reads conditions on one field as one object, so that each condition has an object of its own. */
function at({ path }: Column, conditions: readonly unknown[]): PrismaWhere {
  const [field = '', ...relations] = [...path].reverse();
  const tests = conditions.map((test) => ({ [field]: test }));
  const where: PrismaWhere = tests.length === 1 && tests[0] !== undefined ? tests[0] : { AND: tests };
  return relations.reduce<PrismaWhere>((inner, relation) => ({ [relation]: { is: inner } }), where);
}

function columnOnly(side: ColumnOperand): Column {
  if (side.kind === 'size') throw unsupported(side.of, 'Prisma has no length of a string');
  return side;
}

/** The values that count as present, of those that the type of the field can hold. */
function ranges({ type }: Column): readonly unknown[] {
  if (type === 'number' || type === 'decimal') return [FINITE];
  return type === 'bigint' || type === 'milliseconds' ? [WHOLE[type]] : [];
}

/** Writes the test that a field has a value. Prisma rejects `{ not: null }` for a required field, so that the test compares with the least value. */
function present(column: Column): PrismaWhere {
  switch (column.type) {
    case 'string':
      return at(column, [{ gte: '' }]);
    case 'uuid':
      return at(column, [{ gte: '00000000-0000-0000-0000-000000000000' }]);
    case 'enum':
      return at(column, [{ not: null }]);
    case 'boolean':
      return { OR: [at(column, [{ equals: true }]), at(column, [{ equals: false }])] };
    case 'timestamp':
      return at(column, [{ gte: FIRST_TIME }]);
    case 'integer':
      return at(column, [{ gte: WHOLE.integer.gte }]);
    default:
      return at(column, ranges(column));
  }
}

function isWithin(value: number, { gte, lte }: Range): boolean {
  return Number.isInteger(value) && value >= gte && value <= lte;
}

/** Compares with a range of one millisecond, so that digits after the third do not count. */
function withMilliseconds(column: Column, comparator: Comparator, value: number): PrismaWhere {
  const [from, to] = [new Date(value), new Date(value + 1)];
  switch (comparator) {
    case '==':
      return at(column, [{ gte: from }, { lt: to }]);
    case '!=':
      return { OR: [at(column, [{ lt: from }]), at(column, [{ gte: to }])] };
    case '<':
      return at(column, [{ lt: from }]);
    case '<=':
      return at(column, [{ lt: to }]);
    case '>':
      return at(column, [{ gte: to }]);
    case '>=':
      return at(column, [{ gte: from }]);
  }
}

function unsupported({ attribute }: Column, reason: string): AuthzConfigError {
  return new AuthzConfigError(
    'AUTHZ_FILTER_UNSUPPORTED',
    `toPrisma() cannot test ${attribute}: ${reason}. Use toSql() with $queryRaw to find the ids, or load the rows and ask authz.can().`,
  );
}
