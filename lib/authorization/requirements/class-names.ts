import type { Class } from './requirement-metadata.js';

/** Gives each class a unique name for logs and statistics: classes that share a name are numbered (`Orders`, `Orders#2`). */
export class ClassNames {
  /** By prototype: a class decorator may replace the class, but not the prototype. */
  private readonly given = new WeakMap<object, string>();
  private readonly counts = new Map<string, number>();

  of(type: Class): string {
    const prototype = type.prototype as object;
    const known = this.given.get(prototype);
    if (known !== undefined) return known;
    const name = type.name || '(a class without a name)';
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    const given = count === 1 ? name : `${name}#${count}`;
    this.given.set(prototype, given);
    return given;
  }
}
