import type { Attribute, AttributeType, ScalarType } from './condition.interface.js';
import type { ConditionFacts } from './condition-facts.interface.js';

/** The element that `exists` looks at, and those of the enclosing ones. */
export interface Variables {
  readonly name: string;
  readonly value: unknown;
  readonly outer: Variables | undefined;
}

/** Reads an attribute: a scalar, a list as it is, or any other value; `undefined`: missing. Never throws. */
export type ReadAttribute = (facts: ConditionFacts, variables: Variables | undefined) => unknown;

/** RFC 3339 section 5.6. */
const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Parses an RFC 3339 date-time with its zone; returns milliseconds since 1970, `undefined` if the string is not one. */
export function parseTimestamp(text: string): number | undefined {
  if (!DATE_TIME.test(text)) return undefined;
  const milliseconds = Date.parse(text);
  // Date.parse() accepts 31 February and moves it to March.
  const isReal =
    !Number.isNaN(milliseconds) && Number(text.slice(8, 10)) <= daysIn(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
  return isReal ? milliseconds : undefined;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Returns a function that reads an attribute. Own members of plain objects only: not of lists, dates and strings, and no getters of a class. */
export function attributeReader(attribute: Attribute): ReadAttribute {
  const { root, variable, path, type } = attribute;
  const fit = type === undefined ? fitAny : fitting(type);
  switch (root) {
    case 'resource':
      return resourceReader(attribute, fit);
    case 'context':
      if (path.length === 1 && path[0] === 'now') return ({ now }) => new Date(now);
      return ({ context }) => holdable(fit(follow(context, path)));
    case 'principal':
      return principalReader(path, fit);
    case 'variable':
      return (_, variables) => holdable(fit(follow(valueOf(variable, variables), path)));
  }
}

function resourceReader(attribute: Attribute, fit: (value: unknown) => unknown): ReadAttribute {
  const { path, type } = attribute;
  const [first] = path;
  // The usual case, without a loop.
  const read =
    path.length === 1 && first !== undefined
      ? ({ resource }: ConditionFacts) => own(resource, first)
      : ({ resource }: ConditionFacts) => follow(resource, path);
  if (type === undefined) return (facts) => fit(read(facts));
  return (facts) => {
    const value = read(facts);
    const fitted = fit(value);
    if (fitted === undefined && value !== undefined && value !== null) facts.onMisfit?.(attribute, value);
    return fitted;
  };
}

function principalReader([first, ...rest]: readonly string[], fit: (value: unknown) => unknown): ReadAttribute {
  switch (first) {
    case 'subject':
      return ({ principal: { subject } }) => holdable(subject);
    // Unreadable is not absent: whether the scopes contain a name is unknown. Other unreadable claims refuse the caller before any condition.
    case 'scopes':
      return ({ principal: { unreadable, scopes } }) => (unreadable === undefined ? scopes : undefined);
    case 'claims':
      return ({ principal: { claims } }) => holdable(fit(follow(claims, rest)));
    default:
      return ({ principal }) => holdable(fit(follow(own(principal, first ?? ''), rest)));
  }
}

/** Returns an own member of an object; `undefined` if there is none. A getter that throws counts as missing. */
function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    // Inside: both checks throw for a revoked proxy.
    if (Array.isArray(value) || value instanceof Date) return undefined;
    return Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  } catch {
    return undefined;
  }
}

function follow(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const name of path) at = own(at, name);
  return at;
}

function valueOf(name: string, variables: Variables | undefined): unknown {
  for (let at = variables; at !== undefined; at = at.outer) if (at.name === name) return at.value;
  return undefined;
}

/** Returns the value in the form in which conditions compare it. `undefined`: missing. */
function fitAny(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value;
  if (typeof value === 'bigint') return isSafe(value) ? Number(value) : undefined;
  return typeof value === 'object' ? fitObject(value) : undefined;
}

/** A number beyond 2^53 would equal its neighbours. */
function isSafe(value: bigint): boolean {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
}

function fitObject(value: object | null): object | undefined {
  if (value === null) return undefined;
  try {
    return value instanceof Date && Number.isNaN(value.getTime()) ? undefined : value;
  } catch {
    return undefined; // a revoked proxy
  }
}

/** Returns the scalar type of a value of {@link fitAny}; `undefined` for a list and any other object. */
export function scalarTypeOf(value: unknown): ScalarType | undefined {
  const type = typeof value;
  if (type === 'string' || type === 'number' || type === 'boolean') return type;
  return value instanceof Date ? 'timestamp' : undefined;
}

function fitting(type: AttributeType): (value: unknown) => unknown {
  if (type.endsWith('[]')) return (value) => (Array.isArray(fitAny(value)) ? value : undefined);
  if (type === 'timestamp')
    return (value) => (typeof value === 'string' ? dateOf(value) : value instanceof Date ? fitAny(value) : undefined);
  return (value) => {
    const fit = fitAny(value);
    return typeof fit === type ? fit : undefined;
  };
}

function dateOf(text: string): Date | undefined {
  const milliseconds = parseTimestamp(text);
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}

/** Returns an element of a list in the form in which conditions compare it. `undefined`: cannot be compared. */
export function elementOf(value: unknown): unknown {
  return holdable(fitAny(value));
}

/**
 * Treats a string that PostgreSQL cannot hold as missing: one with U+0000 or half a surrogate pair. The driver would replace the half by U+FFFD, so it
 * would equal another string there.
 */
function holdable(value: unknown): unknown {
  return typeof value !== 'string' || isHoldable(value) ? value : undefined;
}

/** Built-in functions: a regular expression takes four times as long, for each element of a claim. */
function isHoldable(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed() && !text.includes('\0');
}
