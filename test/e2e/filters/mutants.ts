import {
  combine,
  whenTrue,
  type BoundTest,
  type Condition,
  type ConditionFacts,
  type FilterAttribute,
  type FilterOperand,
  type FilterTest,
} from '../../../lib/core/index.js';
import { columnFinder, typedTest } from '../../../lib/filters/columns/index.js';
import { parameter, raw, sql, type Fragment } from '../../../lib/filters/sql/fragment.js';
import { mysql } from '../../../lib/filters/sql/mysql-dialect.js';
import { postgres } from '../../../lib/filters/sql/postgres-dialect.js';
import { rowTest } from '../../../lib/filters/sql/row-test.js';
import type { SqlDialect } from '../../../lib/filters/sql/sql-dialect.interface.js';
import { sqlite } from '../../../lib/filters/sql/sqlite-dialect.js';
import { filterOf, filterWith, type Case } from './agreement.js';
import { COLUMNS } from './orders.js';

export const DIALECTS = { postgres, mysql, sqlite };
/** Writes the condition of a case. A mutant writes it with a mistake. */
export type Write = (each: Case, dialect: SqlDialect) => Fragment;

const NAMING = { place: 'toSql()', example: '', expected: '', accepts: () => true };

function written(test: BoundTest, dialect: SqlDialect): Fragment {
  const selected = typedTest(filterWith(test), columnFinder(COLUMNS, NAMING), 'toSql()');
  return typeof selected === 'boolean' ? raw(selected ? '1 = 1' : '1 = 0') : rowTest(selected, dialect);
}

function testOf(each: Case): BoundTest {
  const { selection } = filterOf(each);
  return selection.kind === 'where' ? selection.test : selection.kind === 'always';
}

const factsOf = (each: Case): ConditionFacts => ({ ...each.facts, resource: undefined });

/** The condition without a mistake. */
export const right: Write = (each, dialect) => written(testOf(each), dialect);

/** Mistakes that libraries have made. */
export const MUTANTS: Readonly<Record<string, Write>> = {
  'a missing attribute that counts as true': (each, dialect) => {
    const test = testOf(each);
    return written(typeof test === 'boolean' ? test : orMissing(test), dialect);
  },
  'LIKE without escapes': (each, dialect) => right(each, { ...dialect, stringTest: like(dialect) }),
  'a wrong De Morgan': (each, dialect) =>
    written(
      select(each, (denial) => whenTrue(wronglyNegated(denial), factsOf(each))),
      dialect,
    ),
  'a denial that loses an unknown': (each, dialect) => {
    const granted = written(
      select(each, () => true),
      dialect,
    );
    const denied = written(combine('or', each.denials.map((denial) => whenTrue(denial, factsOf(each)))), dialect); // prettier-ignore
    return sql`(${granted} AND CASE WHEN ${denied} THEN 0 ELSE 1 END = 1)`;
  },
};

function select({ grants, denials, isGranted, facts }: Case, undenied: (denial: Condition) => BoundTest): BoundTest {
  const granted = isGranted || combine('or', grants.map((grant) => whenTrue(grant, { ...facts, resource: undefined }))); // prettier-ignore
  return combine('and', [...denials.map(undenied), granted]);
}

function orMissing(test: FilterTest): FilterTest {
  if (test.kind === 'and' || test.kind === 'or') return { kind: test.kind, parts: test.parts.map(orMissing) };
  const missing = attributesOf(test).map((attribute): FilterTest => ({ kind: 'has', negated: true, attribute }));
  return { kind: 'or', parts: [test, ...missing] };
}

function attributesOf(test: FilterTest): readonly FilterAttribute[] {
  const sides: readonly FilterOperand[] =
    test.kind === 'compare'
      ? [test.left, test.right]
      : test.kind === 'in'
        ? [test.item]
        : test.kind === 'string'
          ? [test.text, test.part]
          : [];
  return sides.flatMap((side) => (side.kind === 'attribute' ? [side] : side.kind === 'size' ? [side.of] : []));
}

function like({ quote, placeholder }: SqlDialect): SqlDialect['stringTest'] {
  const join = (...parts: readonly Fragment[]) =>
    quote === '`'
      ? parts.reduce((before, part) => sql`CONCAT(${before}, ${part})`)
      : parts.reduce((before, part) => sql`${before} || ${part}`);
  const any = parameter('%');
  // PostgreSQL fails at a backslash that escapes nothing.
  const escape = raw(placeholder(1) === '$1' ? " ESCAPE ''" : '');
  return (test, text, part) => {
    const pattern = { startsWith: [part, any], endsWith: [any, part], contains: [any, part, any] }[test];
    return sql`${text} LIKE ${join(...pattern)}${escape}`;
  };
}

function wronglyNegated(condition: Condition): Condition {
  if (condition.kind === 'and' || condition.kind === 'or')
    return { kind: condition.kind, parts: condition.parts.map(wronglyNegated) };
  return condition.kind === 'not' ? condition.part : { kind: 'not', part: condition };
}
