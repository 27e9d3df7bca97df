import { didYouMean, isRecord, parseTimestamp, patternSegments, permissionSegments, shown } from '../../core/index.js';
import { MappingError, readDocument, type ReadDocument } from '../../mapping/index.js';
import { CliError } from '../cli.error.js';
import type { AssumedCall } from '../decision/assumed-call.js';
import { nameOf, readText } from '../input/read-text.js';
import type { Terminal } from '../output/terminal.interface.js';

/** The permissions that a caller is expected to hold: for one resource, or for every one. */
export interface MatrixCase extends AssumedCall {
  /** Name in messages. Default: the place in the file. */
  readonly name: string | undefined;
  /** Permissions and patterns. What is not listed is expected to be denied. */
  readonly allows: readonly string[];
  /** Permissions and patterns expected to be denied although a pattern in `allows` covers them. */
  readonly denies: readonly string[];
  /** Permissions and patterns expected to depend on the resource. Only without a resource. */
  readonly depends: readonly string[];
  /** Place in the file: `cases[0] (line 2, column 3)`. */
  readonly place: string;
}

/** Expectations of a mapping. */
export interface Matrix {
  /** Permissions to check in addition to those that the mapping and the cases name. */
  readonly permissions: readonly string[];
  readonly cases: readonly MatrixCase[];
}

const MATRIX_MEMBERS = ['permissions', 'cases'];
const CASE_MEMBERS = [
  'name',
  'roles',
  'tenant',
  'allows',
  'denies',
  'depends',
  'subject',
  'claims',
  'resource',
  'context',
  'now',
];

/** Reads a matrix. @throws CliError that lists every fault with its place. */
export async function readMatrix(file: string, terminal: Terminal): Promise<Matrix> {
  const text = await readText(file, terminal);
  const read = await readDocument({ text }, nameOf(file)).catch((error: unknown) => {
    if (!(error instanceof MappingError)) throw error;
    throw unusable(
      file,
      error.faults.map(({ place, message }) => `${place}: ${message}`),
    );
  });
  const reader = new MatrixReader(read);
  const matrix = reader.read();
  if (reader.faults.length > 0) throw unusable(file, reader.faults);
  return matrix;
}

function unusable(file: string, faults: readonly string[]): CliError {
  return new CliError(`The matrix in ${nameOf(file)} cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
}

class MatrixReader {
  readonly faults: string[] = [];

  constructor(private readonly source: ReadDocument) {}

  read(): Matrix {
    const { document } = this.source;
    if (!isRecord(document) || !Array.isArray(document['cases'])) {
      this.fault([], 'the document', 'must be an object with the list "cases".');
      return { permissions: [], cases: [] };
    }
    this.refuseUnknown(document, MATRIX_MEMBERS, [], '');
    return {
      permissions: this.names(document['permissions'] ?? [], ['permissions'], 'permissions', isPermission),
      cases: document['cases'].map((value: unknown, index) => this.readCase(value, index)),
    };
  }

  private readCase(value: unknown, index: number): MatrixCase {
    const path = ['cases', index];
    const place = `cases[${index}]`;
    const given = isRecord(value) ? value : {};
    this.refuseUnknown(given, CASE_MEMBERS, path, `${place}.`);
    const list = (member: string, isOne: Check) =>
      this.names(given[member] ?? [], [...path, member], `${place}.${member}`, isOne);
    if (given['roles'] === undefined || given['allows'] === undefined)
      this.fault(path, place, 'must be an object with "roles" and "allows", each a list; [] for none.');
    return {
      name: this.text(given['name'], [...path, 'name'], `${place}.name`),
      roles: list('roles', isName),
      tenant: this.text(given['tenant'], [...path, 'tenant'], `${place}.tenant`),
      allows: list('allows', isEntry),
      denies: list('denies', isEntry),
      depends: list('depends', isEntry),
      ...this.facts(given, path, place),
      place: this.placed(path, place),
    };
  }

  private facts(given: Readonly<Record<string, unknown>>, path: Path, place: string): Omit<AssumedCall, 'roles' | 'tenant'> {
    const object = (member: string) => this.object(given[member], [...path, member], `${place}.${member}`);
    const isAbout = (member: string) => Array.isArray(given[member]) && given[member].length > 0;
    if (given['resource'] !== undefined && isAbout('depends'))
      this.fault([...path, 'depends'], `${place}.depends`, 'is for cases without "resource": with one, nothing depends on it.');
    if (given['resource'] !== undefined && !isAbout('allows') && !isAbout('denies'))
      this.fault(path, place, 'has a "resource", so "allows" or "denies" must name a permission that is about it.');
    return {
      subject: this.text(given['subject'], [...path, 'subject'], `${place}.subject`),
      claims: object('claims'),
      resource: object('resource'),
      context: object('context'),
      now: this.moment(given['now'], [...path, 'now'], `${place}.now`),
    };
  }

  private object(value: unknown, path: Path, place: string): Record<string, unknown> | undefined {
    if (value === undefined || isRecord(value)) return value;
    this.fault(path, place, `must be an object, got ${shown(value)}.`);
    return undefined;
  }

  private moment(value: unknown, path: Path, place: string): number | undefined {
    const milliseconds = typeof value === 'string' ? parseTimestamp(value) : undefined;
    if (value !== undefined && milliseconds === undefined)
      this.fault(path, place, `must be a time with its zone, such as "2026-12-01T08:00:00Z", got ${shown(value)}.`);
    return milliseconds;
  }

  private names(value: unknown, path: Path, place: string, { is, what }: Check): readonly string[] {
    if (!Array.isArray(value)) {
      this.fault(path, place, `must be a list, got ${shown(value)}.`);
      return [];
    }
    value.forEach((entry: unknown, index) => {
      if (!is(entry)) this.fault([...path, index], `${place}[${index}]`, `must be ${what}, got ${shown(entry)}.`);
    });
    return value.filter((entry): entry is string => typeof entry === 'string');
  }

  private text(value: unknown, path: Path, place: string): string | undefined {
    if (value === undefined || typeof value === 'string') return value;
    this.fault(path, place, `must be a string, got ${shown(value)}.`);
    return undefined;
  }

  private refuseUnknown(value: object, known: readonly string[], path: Path, prefix: string): void {
    for (const name of Object.keys(value))
      if (!known.includes(name))
        this.fault([...path, name], `${prefix}${name}`, `is unknown. Allowed: ${known.join(', ')}.${didYouMean(name, known)}`);
  }

  private fault(path: Path, place: string, message: string): void {
    this.faults.push(`${this.placed(path, place)}: ${message}`);
  }

  private placed(path: Path, place: string): string {
    const line = this.source.placeOf?.(path);
    return line === undefined ? place : `${place} (${line})`;
  }
}

type Path = readonly (string | number)[];

interface Check {
  readonly is: (value: unknown) => boolean;
  readonly what: string;
}

const isName: Check = { is: (value) => typeof value === 'string' && value !== '', what: 'the name of a role' };
const isPermission: Check = {
  is: (value) => permissionSegments(value) !== undefined,
  what: 'a permission such as "orders:read"',
};
const isEntry: Check = {
  is: (value) => patternSegments(value) !== undefined,
  what: 'a permission such as "orders:read" or a pattern',
};
