import { didYouMean, shown } from '../../../core/index.js';
import { CliError } from '../../cli.error.js';
import type { Table, TableName, TableOptions } from './table.interface.js';

/** A column that refers to another table, by name or by a key column of that table such as `id`. */
export interface Reference {
  readonly column: string;
  readonly by: string;
}

/** The meaning of the columns of a table. */
export interface TableColumns {
  /** The columns that hold the name: one, or `resource` and `action`. Empty if the table only refers to others. */
  readonly name: readonly string[];
  readonly description: string | undefined;
  /** References by target: `role`, `parent`, `permission`. */
  readonly references: ReadonlyMap<string, readonly Reference[]>;
  /** Effect columns by kind: `effect`, `denied`, `allowed`. */
  readonly effects: ReadonlyMap<string, string>;
  /** The column with conditions in the language of the mapping. */
  readonly when: string | undefined;
  /** Key columns that the user has named: `id` → `pk`. */
  readonly keys: ReadonlyMap<string, string>;
  /** Columns that are not read. */
  readonly unread: readonly string[];
}

const KEYS = ['id', 'uuid', 'name', 'code', 'key', 'slug'];
const OF_ROLE = ['role', 'roles'];
const OF_PERMISSION = ['permission', 'permissions', 'privilege', 'privileges'];
/** Two columns that form a name together. */
const PARTS = ['resource', 'action'];
const DESCRIPTIONS = ['description', 'display_name', 'title', 'label', 'comment'];
const EFFECTS = new Map([
  ['effect', ['effect', 'permission_effect']],
  ['denied', ['denied', 'is_denied', 'deny', 'is_deny', 'forbidden', 'is_forbidden', 'negated', 'is_negated']],
  ['allowed', ['allowed', 'is_allowed', 'allow', 'is_allow', 'granted', 'is_granted']],
]);

interface Shape {
  /** Words for the name column, alone or before a key. */
  readonly names?: readonly string[];
  readonly references: ReadonlyMap<string, readonly string[]>;
  readonly hasEffect?: true;
  /** Whether an unknown column stops the import. */
  readonly isStrict?: true;
}

const SHAPES: Readonly<Record<TableName, Shape>> = {
  roles: { names: OF_ROLE, references: new Map() },
  permissions: { names: OF_PERMISSION, references: new Map() },
  role_permissions: {
    references: new Map([
      ['role', OF_ROLE],
      ['permission', OF_PERMISSION],
    ]),
    hasEffect: true,
    isStrict: true,
  },
  role_inherits: {
    references: new Map([
      ['role', [...OF_ROLE, 'child', 'child_role']],
      ['parent', ['parent', 'parent_role', 'inherits', 'inherited_role']],
    ]),
    isStrict: true,
  },
  user_roles: { references: new Map([['role', OF_ROLE]]) },
};

/** Columns about the row itself, without effect on what a role grants. */
const BOOKKEEPING =
  /^(?:id|uuid|row_?id|version|sort_order|position|notes?|comment|description|created|updated|modified|(?:created|updated|modified|inserted|granted|assigned|added|changed)_(?:at|on|by|date|time|user|user_id))$/;
/** Columns that may disable a row, restrict it or grant something more. */
const RESTRICTING =
  /^(?:is_)?(?:active|inactive|enabled|disabled|deleted|blocked|suspended|archived|revoked|expired|valid|status|state|effect)$|_(?:from|until|to)$|^(?:deleted|disabled|revoked|expires|expired|valid|archived)_|expir|tenant|organi[sz]ation|condition|parent|inherit|extend|permission|privilege|den(?:y|ied|ial)|forbid|allow|grant|except|exclu|negat/;

/** Columns that restrict a grant to some resources or calls. Their language is not known, so no import carries them over. */
const WHEN = 'when';
const CONDITIONS = /^(?:where|filters?|rules?|scope|predicate|expression|constraints?)$|condition|criteri/;

/** Whether a column most likely contains conditions. */
export function isConditionColumn(column: string): boolean {
  return CONDITIONS.test(column);
}

/** @throws CliError if --column names a table that does not exist. */
export function refuseUnknownTables({ columns }: TableOptions, found: ReadonlySet<string>): void {
  for (const name of columns.keys())
    if (!found.has(name))
      throw new CliError(`--column ${name}.…: there is no such table. The tables are ${[...found].join(', ')}.`);
}

/** Finds the meaning of the columns of a table. @throws CliError if it is not clear, or if an unknown column may affect what a role grants. */
export function columnsOf(name: TableName, table: Table, { columns, ignored }: TableOptions): TableColumns {
  const isIgnored = (column: string) => ignored.has(`${name}.${column}`);
  return new ColumnReader(name, table, columns.get(name) ?? new Map<string, string>(), isIgnored).read();
}

class ColumnReader {
  private readonly shape: Shape;
  private readonly open: Set<string>;

  constructor(
    private readonly name: TableName,
    private readonly table: Table,
    private readonly stated: ReadonlyMap<string, string>,
    isIgnored: (column: string) => boolean,
  ) {
    this.shape = SHAPES[name];
    this.open = new Set(table.columns.filter((column) => !isIgnored(column)));
  }

  read(): TableColumns {
    this.refuseTwins();
    const stated = new Map([...this.stated].map(([what, column]) => [what, this.take(what, column)]));
    const references = new Map([...this.shape.references].map(([what, words]) => [what, this.references(what, words, stated)]));
    const effects = this.shape.hasEffect === true ? this.effects(stated) : new Map<string, string>();
    const name = this.shape.names === undefined ? [] : this.nameColumns(this.shape.names, stated);
    const description = stated.get('description') ?? DESCRIPTIONS.find((column) => this.open.delete(column));
    const when =
      this.shape.hasEffect === true ? (stated.get(WHEN) ?? [WHEN].find((column) => this.open.delete(column))) : undefined;
    const unread = [...this.open].filter((column) => !this.isId(column) && !BOOKKEEPING.test(column));
    if (this.name !== 'user_roles') for (const column of unread) this.refuseMeaningful(column);
    return { name, description, references, effects, when, keys: stated, unread };
  }

  /** Rejects two columns with one name: the last would overwrite the first. */
  private refuseTwins(): void {
    const twin = this.table.columns.find((column, index) => this.table.columns.indexOf(column) !== index);
    if (twin !== undefined) throw new CliError(`${this.table.label}: two columns are named ${shown(twin)}.`);
  }

  private take(what: string, column: string): string {
    const { label, columns } = this.table;
    const known = [...this.meanings()];
    if (!known.includes(what))
      throw new CliError(
        `--column ${this.name}.${what}: a table ${this.name} has no ${shown(what)}.${didYouMean(what, known)} Allowed: ${known.join(', ')}.`,
      );
    if (this.open.delete(column)) return column;
    throw new CliError(
      `--column ${this.name}.${what}: ${label} has no column ${shown(column)}.${didYouMean(column, columns)} The columns are ${columns.map(shown).join(', ')}.`,
    );
  }

  private references(what: string, words: readonly string[], stated: ReadonlyMap<string, string>): readonly Reference[] {
    const named = [...stated].flatMap(([key, column]) => referenceBy([what], key, column));
    if (named.length > 0) return named;
    const found = [...this.open].flatMap((column) => referenceBy(words, column, column));
    for (const { column } of found) this.open.delete(column);
    if (found.length > 0) return found;
    if (what === 'permission' && PARTS.every((part) => this.open.has(part))) {
      for (const part of PARTS) this.open.delete(part);
      return [{ column: 'resource', by: 'action' }];
    }
    throw new CliError(
      `${this.firstRow()}: there is no column "${what}". The columns are ${this.table.columns.map(shown).join(', ')}. Name it: --column ${this.name}.${what}=…, or --column ${this.name}.${what}_id=… if it contains the id.`,
    );
  }

  private firstRow(): string {
    return this.table.rows[0]?.place ?? this.table.label;
  }

  private nameColumns(words: readonly string[], stated: ReadonlyMap<string, string>): readonly string[] {
    const given = stated.get('name');
    if (given !== undefined) return [given];
    const isName = (column: string) =>
      words.includes(column) ||
      ['', ...words.map((word) => `${word}_`)].some(
        (start) => NAME_KEYS.has(column.slice(start.length)) && column.startsWith(start),
      );
    const found = [...this.open].filter(isName);
    const parts = PARTS.every((part) => this.open.has(part)) ? PARTS : [];
    if (found.length + parts.length / 2 > 1)
      throw new CliError(
        `${this.table.label}: it is not clear which column holds the name: ${[...found, ...parts].map(shown).join(', ')}. Name it, such as --column ${this.name}.name=${found[0] ?? 'name'}.`,
      );
    const chosen = found.length === 0 ? parts : found;
    for (const column of chosen) this.open.delete(column);
    if (chosen.length > 0) return chosen;
    throw new CliError(
      `${this.firstRow()}: there is no column "name". The columns are ${this.table.columns.map(shown).join(', ')}. Name it: --column ${this.name}.name=…`,
    );
  }

  private effects(stated: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [kind, names] of EFFECTS) {
      const column = stated.get(kind) ?? names.find((name) => this.open.delete(name));
      if (column !== undefined) found.set(kind, column);
    }
    return found;
  }

  /** Returns true for a column that only identifies the row. */
  private isId(column: string): boolean {
    const words = this.shape.names ?? [];
    return ['id', 'uuid'].some((key) => column === key || words.some((word) => column === `${word}_${key}`));
  }

  /** Returns the meanings that --column may give to a column. */
  private meanings(): ReadonlySet<string> {
    const { names, references, hasEffect } = this.shape;
    const referring = [...references.keys()].flatMap((what) => [what, ...KEYS.map((key) => `${what}_${key}`)]);
    return new Set([
      ...(names === undefined ? [] : ['name', 'description', ...KEYS]),
      ...referring,
      ...(hasEffect === true ? [...EFFECTS.keys(), WHEN] : []),
    ]);
  }

  private refuseMeaningful(column: string): void {
    const { label } = this.table;
    const isSuspicious = this.shape.isStrict === true || RESTRICTING.test(column);
    const meant = didYouMean(column, [...this.knownNames()]);
    if (!isSuspicious && meant === '') return;
    if (isConditionColumn(column))
      throw new CliError(
        `${label}: the column ${shown(column)} seems to contain conditions of another language, which an import cannot carry over: without them, its rows would grant more. Write --ignore ${this.name}.${column} to import the rows without them, or --column role_permissions.when=${column} if they are in the language of the mapping.`,
      );
    throw new CliError(
      `${label}: the column ${shown(column)} is unknown.${meant} If it does not affect what a role gives, write --ignore ${this.name}.${column}; otherwise name its meaning with --column.`,
    );
  }

  private knownNames(): ReadonlySet<string> {
    const { names = [], references, hasEffect } = this.shape;
    const ofEffects = hasEffect === true ? [...EFFECTS.values(), [WHEN]].flat() : [];
    const referring = [...references.values()].flat().flatMap((word) => [word, `${word}_id`]);
    return new Set([...(names.length > 0 ? ['id', 'name', 'description'] : []), ...referring, ...ofEffects]);
  }
}

const NAME_KEYS = new Set(KEYS.filter((key) => key !== 'id' && key !== 'uuid'));

/** Parses a reference: `role_id` refers to `role` by `id`, `role` refers by name. Returns none for any other column. */
function referenceBy(words: readonly string[], name: string, column: string): readonly Reference[] {
  if (words.includes(name)) return [{ column, by: '' }];
  const by = KEYS.find((key) => words.some((word) => name === `${word}_${key}`));
  return by === undefined ? [] : [{ column, by }];
}
