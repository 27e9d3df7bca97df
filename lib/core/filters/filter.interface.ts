import type { AttributeType, Comparator, Literal, StringTest } from '../conditions/condition.interface.js';

/** A value of each row. */
export interface FilterAttribute {
  readonly kind: 'attribute';
  /** Members from the resource on: `['owner', 'id']`. */
  readonly path: readonly string[];
  /** Type declared in the mapping's `resources`; `undefined`: not declared. */
  readonly type: AttributeType | undefined;
}

/** Number of code points of a string attribute. */
export interface FilterSize {
  readonly kind: 'size';
  readonly of: FilterAttribute;
}

/** A side of a comparison. */
export type FilterOperand = FilterAttribute | FilterSize | Literal;

/**
 * A test of one row. All tests are positive: a test is met only if every attribute in it is present and has the type that the test needs. `and` and `or`
 * combine tests, and there is no negation, so a NULL never has to be negated: a test that is not met, for whatever reason, selects nothing.
 */
export type FilterTest =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly FilterTest[] }
  | {
      readonly kind: 'compare';
      readonly comparator: Comparator;
      readonly left: FilterOperand;
      readonly right: FilterOperand;
    }
  /** The value is one of the list (`negated`: is present and none of them). The list is never empty, its literals are of one type. */
  | {
      readonly kind: 'in';
      readonly negated: boolean;
      readonly item: FilterAttribute | FilterSize;
      readonly values: readonly Literal[];
      /** Where the values come from, for messages: `principal.claims.teams`. */
      readonly source: string;
    }
  /** The attribute is present (`negated`: is not). */
  | { readonly kind: 'has'; readonly negated: boolean; readonly attribute: FilterAttribute }
  | {
      readonly kind: 'string';
      readonly test: StringTest;
      readonly negated: boolean;
      readonly text: FilterAttribute | Extract<Literal, { readonly type: 'string' }>;
      readonly part: FilterAttribute | Extract<Literal, { readonly type: 'string' }>;
    }
  /** A test that no adapter expresses: a list of the resource, or too many values. `authz.filter()` throws if its result has one. */
  | { readonly kind: 'unsupported'; readonly problem: string };

/** Which rows the caller may see. */
export type FilterSelection =
  { readonly kind: 'always' } | { readonly kind: 'never' } | { readonly kind: 'where'; readonly test: FilterTest };

/** The rows that a caller may see, as a value. An adapter turns it into a query. */
export interface ResourceFilter {
  /** The permission asked for. */
  readonly permission: string;
  /** Revision of the mapping. */
  readonly revision: string;
  readonly selection: FilterSelection;
}
