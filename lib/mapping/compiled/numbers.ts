import type { ConditionalRule } from '../../core/index.js';
import { entryKey } from '../document/entry-key.js';

/** Numbers names in the order of their first use. */
export class Numbers {
  private readonly numbers = new Map<string, number>();

  get size(): number {
    return this.numbers.size;
  }

  numberOf(name: string): number {
    let number = this.numbers.get(name);
    if (number === undefined) this.numbers.set(name, (number = this.numbers.size));
    return number;
  }

  names(): readonly string[] {
    return [...this.numbers.keys()];
  }
}

/** Numbers conditional rules in the order of their first use. Rules whose conditions differ only in how they are written are the same rule. */
export class Rules {
  private readonly keys = new Numbers();
  private readonly rules: ConditionalRule[] = [];
  /** The parser returns the same rule for the same entry. */
  private readonly known = new Map<ConditionalRule, number>();

  numberOf(rule: ConditionalRule): number {
    let number = this.known.get(rule);
    if (number === undefined) {
      number = this.keys.numberOf(entryKey(rule));
      this.rules[number] ??= rule;
      this.known.set(rule, number);
    }
    return number;
  }

  /** Returns the keys of all rules, by number. */
  names(): readonly string[] {
    return this.keys.names();
  }

  all(): readonly ConditionalRule[] {
    return this.rules;
  }
}
