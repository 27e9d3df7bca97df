import { attributeText, kindOf, type Attribute, type NoteMisfit } from '../../core/index.js';

/** Most attributes that are warned about. */
const MAX_ATTRIBUTES = 500;

/** Warns of each attribute of a resource whose value is not of the type that the mapping declares, once. */
export class MisfitLog {
  private readonly warned = new Set<string>();

  constructor(private readonly warn: (line: string) => void) {}

  /** @param handler Name of the handler whose resource is read. */
  of(handler: string): NoteMisfit {
    return (attribute, value) => this.note(handler, attribute, value);
  }

  private note(handler: string, attribute: Attribute, value: unknown): void {
    const name = attributeText(attribute);
    const kind = `${handler} ${name}`;
    if (this.warned.has(kind) || this.warned.size >= MAX_ATTRIBUTES) return;
    this.warned.add(kind);
    this.warn(
      `${name} in the resource of ${handler} is ${kindOf(value)}, but the mapping declares ${attribute.type ?? 'another type'}, so conditions treat it as ` +
        'missing. Convert it in the loader: some databases return numbers as strings.',
    );
  }
}
