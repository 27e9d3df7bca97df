import type { Class } from './requirement-metadata.js';

/** What classes are called in logs and statistics: by their own name, and where several share one, by a number as well (`Orders`, `Orders#2`). */
export class ClassNames {
  /** By prototype, which stays where a decorator puts something in the place of a class. */
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
