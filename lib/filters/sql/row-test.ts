import { AuthzConfigError, type Comparator, type Literal } from '../../core/index.js';
import type {
  Column,
  ColumnOperand,
  Comparison,
  Membership,
  Presence,
  StringComparison,
  StringOperand,
  TypedTest,
} from '../columns/index.js';
import { combined, joined, parameter, raw, sql, type Fragment } from './fragment.js';
import type { SqlDialect } from './sql-dialect.interface.js';

const OPERATORS: Readonly<Record<Comparator, Fragment>> = {
  '==': raw('='),
  '!=': raw('<>'),
  '<': raw('<'),
  '<=': raw('<='),
  '>': raw('>'),
  '>=': raw('>='),
};
const FALSE = raw('1 = 0');
/** Bounds of the timestamps that every database has: the years 1 to 9999. */
const [FIRST_TIME, LAST_TIME] = [Date.parse('0001-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')];

/** Writes a test of one row as an SQL condition. The result may be NULL where the test is not met. */
export function rowTest(test: TypedTest, dialect: SqlDialect): Fragment {
  return new RowTest(dialect).write(test);
}

class RowTest {
  constructor(private readonly dialect: SqlDialect) {}

  write(test: TypedTest): Fragment {
    switch (test.kind) {
      case 'and':
      case 'or':
        return combined(
          test.kind === 'and' ? 'AND' : 'OR',
          test.parts.map((part) => this.write(part)),
        );
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

  private presence({ column, negated }: Presence): Fragment {
    const name = this.name(column);
    const present = combined('AND', [sql`${name} IS NOT NULL`, ...this.dialect.guards(column, name)]);
    return negated ? sql`NOT (${present})` : present;
  }

  private comparison({ left, right, comparator }: Comparison): Fragment {
    if (right.kind === 'literal') return this.withLiteral(left, comparator, right);
    if (this.isText(left) !== this.isText(right)) throw mixedTimestamps(left, right);
    const guards = [left, right].flatMap((side) => this.guards(side));
    return combined('AND', [...guards, sql`${this.paired(left)} ${OPERATORS[comparator]} ${this.paired(right)}`]);
  }

  /** Whether a side is a timestamp of the database, not a number of milliseconds. */
  private isText(side: ColumnOperand): boolean {
    return side.kind === 'column' && side.type === 'timestamp';
  }

  private withLiteral(left: ColumnOperand, comparator: Comparator, literal: Literal): Fragment {
    if (literal.type === 'number' && !Number.isFinite(literal.value) && !this.dialect.hasInfinity)
      return this.withInfinity(left, comparator, literal.value);
    if (left.kind === 'column' && left.type === 'timestamp' && this.dialect.hasMicroseconds)
      return this.withMilliseconds(left, comparator, literal.value as number);
    const values = comparator === '==' ? [literal] : undefined;
    const test = sql`${this.value(left)} ${OPERATORS[comparator]} ${this.literal(literal, left)}`;
    return combined('AND', [...this.guards(left, values), test]);
  }

  /** Every number of the database is between the infinities. */
  private withInfinity(left: ColumnOperand, comparator: Comparator, infinity: number): Fragment {
    const isMet = comparator === '!=' || (infinity > 0 ? comparator.startsWith('<') : comparator.startsWith('>'));
    return isMet ? this.presence({ kind: 'has', negated: false, column: columnOf(left) }) : FALSE;
  }

  /** Compares with a range of one millisecond, so that digits after the third do not count, and an index on the column is used. */
  private withMilliseconds(column: Column, comparator: Comparator, from: number): Fragment {
    const before = (time: number) =>
      sql`${this.name(column)} < ${this.literal({ kind: 'literal', type: 'timestamp', value: time }, column)}`;
    const since = (time: number) =>
      sql`${this.name(column)} >= ${this.literal({ kind: 'literal', type: 'timestamp', value: time }, column)}`;
    switch (comparator) {
      case '==':
        return combined('AND', [since(from), before(from + 1)]);
      case '!=':
        return combined('AND', [...this.guards(column), combined('OR', [before(from), since(from + 1)])]);
      case '<':
        return combined('AND', [...this.guards(column), before(from)]);
      case '<=':
        return combined('AND', [...this.guards(column), before(from + 1)]);
      case '>':
        return combined('AND', [...this.guards(column), since(from + 1)]);
      case '>=':
        return combined('AND', [...this.guards(column), since(from)]);
    }
  }

  private membership({ item, negated, values, type }: Membership): Fragment {
    if (type === 'timestamp' || type === 'number') {
      // Each value may need a form of its own.
      const each = values.map((literal) => this.withLiteral(item, negated ? '!=' : '==', literal));
      return combined(negated ? 'AND' : 'OR', each);
    }
    const list = joined(values.map((literal) => this.literal(literal, item)), ', '); // prettier-ignore
    const test = sql`${this.value(item)} ${raw(negated ? 'NOT IN' : 'IN')} (${list})`;
    return combined('AND', [...this.guards(item, negated ? undefined : values), test]);
  }

  private stringTest({ test, negated, text, part }: StringComparison): Fragment {
    const guards = [text, part].flatMap((side) => (side.kind === 'column' ? this.guards(side) : []));
    const met = this.dialect.stringTest(test, this.stringSide(text), this.stringSide(part));
    return combined('AND', [...guards, negated ? sql`NOT (${met})` : met]);
  }

  private stringSide(side: StringOperand): Fragment {
    return this.dialect.stringSide(side.kind === 'literal' ? parameter(side.value) : this.name(side));
  }

  /** Returns what must hold beside the test itself. `values`: the test is met only by these values. */
  private guards(side: ColumnOperand, values?: readonly Literal[]): readonly Fragment[] {
    const column = columnOf(side);
    const name = this.name(column);
    if (side.kind === 'size') return this.dialect.sizeGuards(column, name);
    const indexed = values && this.dialect.indexed(column, name, values);
    return [...(indexed === undefined ? [] : [indexed]), ...this.dialect.guards(column, name, values)];
  }

  private value(side: ColumnOperand): Fragment {
    return side.kind === 'size' ? this.dialect.size(this.name(side.of)) : this.dialect.value(side, this.name(side));
  }

  private paired(side: ColumnOperand): Fragment {
    return side.kind === 'size' ? this.dialect.size(this.name(side.of)) : this.dialect.paired(side, this.name(side));
  }

  private literal(literal: Literal, against: ColumnOperand): Fragment {
    if (literal.type === 'timestamp' && !(literal.value >= FIRST_TIME && literal.value <= LAST_TIME)) {
      const problem = `toSql() cannot compare ${columnOf(against).attribute} with a time outside of the years 1 to 9999.`;
      throw new AuthzConfigError('AUTHZ_FILTER_UNSUPPORTED', problem);
    }
    return this.dialect.literal(literal, against);
  }

  /** Returns the quoted name of a column: a database reads it as a name, whatever it contains. */
  private name({ path }: Column): Fragment {
    const { quote } = this.dialect;
    return raw(path.map((name) => `${quote}${name.replaceAll(quote, quote + quote)}${quote}`).join('.'));
  }
}

function columnOf(side: ColumnOperand): Column {
  return side.kind === 'size' ? side.of : side;
}

function mixedTimestamps(left: ColumnOperand, right: ColumnOperand): AuthzConfigError {
  const [one, other] = [columnOf(left).attribute, columnOf(right).attribute];
  const problem = `toSql() cannot compare ${one} with ${other}: one column is a timestamp, the other a number of milliseconds.`;
  return new AuthzConfigError('AUTHZ_FILTER_UNSUPPORTED', problem);
}
