import {
  attributeText,
  AuthzConfigError,
  choiceOption,
  didYouMean,
  isRecord,
  listed,
  readOptions,
  shown,
  wrongValue,
  type FilterAttribute,
} from '../../core/index.js';
import { SCALAR_TYPES, type Column, type ColumnType } from './column.interface.js';

/** A column, or a column with its type. */
export type ColumnOption =
  | string
  | readonly string[]
  | {
      /** Name of the column, or names from the outermost on: `['o', 'owner_id']`. */
      readonly column: string | readonly string[];
      /** Type of the column. Default: the type that the mapping declares for the attribute in `resources`. */
      readonly type?: ColumnType;
    };

/**
 * The column of each attribute that conditions test, by the attribute's name: `ownerId`, `owner.id`. A member whose name is no identifier is written
 * as in a condition: `["unit-id"]`.
 */
export type ColumnsOption = Readonly<Record<string, ColumnOption>>;

/** How an adapter calls the columns, and which names it accepts. */
interface ColumnNaming {
  /** Name of the adapter's function, for messages: `toSql()`. */
  readonly place: string;
  /** Example of the option, for messages. */
  readonly example: string;
  /** Returns whether the adapter accepts the names. */
  readonly accepts: (path: readonly string[]) => boolean;
  /** The names that the adapter accepts, for messages. */
  readonly expected: string;
}

/** Returns a function that finds the column of an attribute. */
export function columnFinder(columns: unknown, naming: ColumnNaming): (attribute: FilterAttribute) => Column {
  const option = `columns of ${naming.place}`;
  if (!isRecord(columns)) {
    throw new AuthzConfigError(
      'AUTHZ_OPTIONS',
      `"${option}" must be an object such as ${naming.example}, got ${shown(columns)}.`,
    );
  }
  return (attribute) => {
    const name = nameOf(attribute);
    if (!Object.hasOwn(columns, name)) throw missingColumn(attribute, name, Object.keys(columns), naming);
    const { path, type } = readColumn(columns[name], name, naming);
    return { kind: 'column', attribute: textOf(attribute), path, type: typeOf(attribute, name, type, naming) };
  };
}

function textOf({ path }: FilterAttribute): string {
  return attributeText({ kind: 'attribute', root: 'resource', variable: '', path, type: undefined });
}

/** Returns the name of an attribute as `columns` has it: `owner.id` and `["owner.id"]` are two attributes. */
function nameOf(attribute: FilterAttribute): string {
  return textOf(attribute).slice('resource'.length).replace(/^\./, '');
}

function missingColumn(
  attribute: FilterAttribute,
  name: string,
  known: readonly string[],
  naming: ColumnNaming,
): AuthzConfigError {
  return new AuthzConfigError(
    'AUTHZ_FILTER_COLUMN',
    `A condition tests ${textOf(attribute)}, but "columns" of ${naming.place} has no ${shown(name)}.${didYouMean(name, known)} ` +
      `Write for example ${naming.example}.`,
  );
}

function readColumn(
  value: unknown,
  name: string,
  naming: ColumnNaming,
): { readonly path: readonly string[]; readonly type: ColumnType | undefined } {
  const place = `"columns" of ${naming.place}: ${shown(name)}`;
  if (!isRecord(value)) return { path: readPath(value, place, naming), type: undefined };
  const { column, type } = readOptions(value, { place: `"${place}"`, members: ['column', 'type'], example: naming.example });
  const types = Object.keys(SCALAR_TYPES) as ColumnType[];
  return { path: readPath(column, place, naming), type: type === undefined ? undefined : choiceOption(type, place, types) };
}

function readPath(value: unknown, place: string, { accepts, expected }: ColumnNaming): readonly string[] {
  const path = typeof value === 'string' ? [value] : value;
  if (isPath(path) && accepts(path)) return path;
  throw wrongValue('AUTHZ_STRING', place, expected, shown(value));
}

function isPath(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string' && isColumnName(name));
}

/** Drivers replace `?` even within quoted names. */
function isColumnName(name: string): boolean {
  return name !== '' && name.length <= 128 && !/[\p{Cc}?]/u.test(name);
}

function typeOf(
  { type: declared }: FilterAttribute,
  name: string,
  type: ColumnType | undefined,
  { place }: ColumnNaming,
): ColumnType {
  if (declared?.endsWith('[]') === true) {
    throw new AuthzConfigError(
      'AUTHZ_FILTER_UNSUPPORTED',
      `${place} cannot test ${shown(name)}: the mapping declares a list (${declared}). Decide about such resources with authz.can().`,
    );
  }
  const found = type ?? (declared as ColumnType | undefined);
  if (found === undefined) {
    throw new AuthzConfigError(
      'AUTHZ_FILTER_TYPE',
      `${place} needs the type of ${shown(name)}: neither "resources" of the mapping nor "columns" has one. ` +
        `Write ${name}: { column: …, type: … } with one of the types ${listed(Object.keys(SCALAR_TYPES))}.`,
    );
  }
  if (declared !== undefined && SCALAR_TYPES[found] !== declared) {
    throw new AuthzConfigError(
      'AUTHZ_FILTER_TYPE',
      `"columns" of ${place} gives ${shown(name)} the type ${found}, but the mapping declares ${declared}. Correct one of them.`,
    );
  }
  return found;
}
