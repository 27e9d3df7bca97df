import { shown } from '../../core/index.js';
import { MappingError, type MappingFault } from './mapping.error.js';

/** The way to a member of a document, one key or index per level. */
export type Path = readonly (string | number)[];

/** Says where in a text a member stands, such as `line 4, column 7`. */
export type PlaceOf = (path: Path) => string | undefined;

/** Most faults told of one document: a document of another kind has as many as lines. */
export const MAX_FAULTS = 100;

/** Gathers what is wrong with a document, so that it is told all at once. */
export class FaultReport {
  private readonly faults: MappingFault[] = [];
  private untold = 0;

  constructor(
    private readonly source: string,
    private readonly placeOf: PlaceOf = () => undefined,
  ) {}

  /** @param message Made only if it is told, since finding what was meant takes time. */
  add(path: Path, message: () => string): void {
    if (this.faults.length >= MAX_FAULTS) {
      this.untold++;
      return;
    }
    const line = this.placeOf(path);
    this.faults.push({
      place: `${pathText(path)}${line === undefined ? '' : ` (${line})`}`,
      pointer: pointer(path),
      message: message(),
    });
  }

  /** @throws MappingError if anything was wrong. */
  close(): void {
    if (this.faults.length > 0) throw new MappingError(this.source, this.faults, this.untold);
  }
}

/** A way as a reader writes it: `roles.clerk.permissions[2]`. */
export function pathText(path: Path): string {
  if (path.length === 0) return 'the document';
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!isPlain(key)) return `${text}[${shown(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

/** Whether a name needs no quotes to be read as one, and is short enough to be told as a whole. */
export function isPlain(name: string): boolean {
  return /^[\w$-]{1,80}$/.test(name);
}

/** RFC 6901 section 3. */
export function pointer(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
