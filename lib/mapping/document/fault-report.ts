import { shown } from '../../core/index.js';
import { MappingError, type MappingFault } from './mapping.error.js';

/** The path of a member of a document, one key or index per level. */
export type Path = readonly (string | number)[];

/**
 * Returns the position of a member in the text, such as `line 4, column 7`.
 * @param character Number of a character of the member's string, from 0 on: its own position; `undefined` if the string is not written literally.
 */
export type PlaceOf = (path: Path, character?: number) => string | undefined;

/** Most faults listed for one document: a file of another kind has a fault on every line. */
export const MAX_FAULTS = 100;

/** Collects the faults of a document, so that all are reported together. */
export class FaultReport {
  private readonly faults: MappingFault[] = [];
  private untold = 0;

  constructor(
    private readonly source: string,
    private readonly placeOf: PlaceOf = () => undefined,
  ) {}

  /**
   * Adds a fault.
   * @param message Called only if the fault is listed, since finding similar names takes time.
   * @param character Number of the faulty character of a condition, from 0 on.
   */
  add(path: Path, message: () => string, character?: number): void {
    if (this.faults.length >= MAX_FAULTS) {
      this.untold++;
      return;
    }
    this.faults.push({ place: this.placeText(path, character), pointer: pointer(path), message: message() });
  }

  private placeText(path: Path, character: number | undefined): string {
    const exact = character === undefined ? undefined : this.placeOf(path, character);
    const line = exact ?? this.placeOf(path);
    const text = `${pathText(path)}${line === undefined ? '' : ` (${line})`}`;
    return character === undefined || exact !== undefined ? text : `${text}, character ${character + 1} of the condition`;
  }

  /** Ends the check. @throws MappingError if there is any fault. */
  close(): void {
    if (this.faults.length > 0) throw new MappingError(this.source, this.faults, this.untold);
  }
}

/** Formats a path for a person: `roles.clerk.permissions[2]`. */
export function pathText(path: Path): string {
  if (path.length === 0) return 'the document';
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!isPlain(key)) return `${text}[${shown(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

/** Whether a name can be shown in full and without quotes. */
export function isPlain(name: string): boolean {
  return /^[\w$-]{1,80}$/.test(name);
}

/** Formats a path as a JSON pointer (RFC 6901 section 3). */
export function pointer(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
