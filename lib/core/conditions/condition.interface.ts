/** Type of an attribute, as the member `resources` of a mapping states it. */
export type ScalarType = 'string' | 'number' | 'boolean' | 'timestamp';
/** A list of one scalar type: `string[]`. */
export type AttributeType = ScalarType | `${ScalarType}[]`;

/** Where an attribute starts. `variable`: the element of a list that `exists` looks at. */
export type AttributeRoot = 'resource' | 'principal' | 'context' | 'variable';

/** A value to read: `resource.owner.id`. */
export interface Attribute {
  readonly kind: 'attribute';
  readonly root: AttributeRoot;
  /** Name of the variable; empty for other roots. */
  readonly variable: string;
  /** Own members, from the outermost on. Empty for a variable whose element itself is the value. */
  readonly path: readonly string[];
  /** Declared type. A value of any other type is missing. `undefined`: not declared, any type. */
  readonly type: AttributeType | undefined;
}

/** A fixed value. A timestamp is in milliseconds since 1970. */
export type Literal =
  | { readonly kind: 'literal'; readonly type: 'string'; readonly value: string }
  | { readonly kind: 'literal'; readonly type: 'number'; readonly value: number }
  | { readonly kind: 'literal'; readonly type: 'boolean'; readonly value: boolean }
  | { readonly kind: 'literal'; readonly type: 'timestamp'; readonly value: number };

/** Number of code points of a string, or of elements of a list. */
interface Size {
  readonly kind: 'size';
  readonly of: Attribute;
}

/** A side of a comparison. */
export type Operand = Attribute | Literal | Size;

/** `[1, 2, 3]`: literals of one type. */
export interface LiteralList {
  readonly kind: 'list';
  readonly items: readonly Literal[];
}

export type Comparator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type StringTest = 'startsWith' | 'endsWith' | 'contains';

/**
 * A condition on a grant or a denial: a plain, immutable value that can be sent to another thread. Its result is true, false or unknown (Kleene's
 * three-valued logic): a missing attribute or a value of an unfitting type makes a comparison unknown.
 */
export type Condition =
  | { readonly kind: 'constant'; readonly value: boolean }
  /** Two or more parts. */
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'compare'; readonly comparator: Comparator; readonly left: Operand; readonly right: Operand }
  /** `item in list`. */
  | { readonly kind: 'in'; readonly item: Operand; readonly list: Attribute | LiteralList }
  /** `has(attribute)`: never unknown. */
  | { readonly kind: 'has'; readonly attribute: Attribute }
  /** `text.startsWith(part)`. */
  | { readonly kind: 'string'; readonly test: StringTest; readonly text: Operand; readonly part: Operand }
  /** `list.exists(variable, body)`. */
  | { readonly kind: 'exists'; readonly list: Attribute | LiteralList; readonly variable: string; readonly body: Condition }
  /** A boolean attribute as a condition. */
  | { readonly kind: 'boolean'; readonly attribute: Attribute };

/** Result of a condition; `undefined`: unknown. */
export type Truth = boolean | undefined;
