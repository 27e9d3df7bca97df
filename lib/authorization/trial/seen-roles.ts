import { printable, shown } from '../../core/index.js';

/** Most roles remembered. */
const MAX_ROLES = 100;
/** Longest name, in characters. */
const MAX_LENGTH = 60;
/** Most additions that are logged at once. Later ones wait for the next line that is due. */
const MAX_LOGGED_AT_ONCE = 20;

/** Collects the roles of callers, each once. Names come from tokens, so their length and number are limited. */
export class SeenRoles {
  private readonly roles = new Set<string>();
  private withoutRoles = false;
  private isFull = false;
  private loggedAtOnce = 0;

  /** The names, escaped, in the order in which they were first seen. */
  get names(): readonly string[] {
    return Array.from(this.roles, printable);
  }

  /** Adds the roles of one caller. @returns Whether to log at once: a role, or a caller without roles, was seen for the first time. */
  add(roles: readonly string[]): boolean {
    const before = this.roles.size;
    const sawNoRoles = this.withoutRoles;
    if (roles.length === 0) this.withoutRoles = true;
    for (const role of roles) this.keep(shortened(role));
    const isNew = this.roles.size > before || this.withoutRoles !== sawNoRoles;
    return isNew && ++this.loggedAtOnce <= MAX_LOGGED_AT_ONCE;
  }

  /** Returns the form for the log: `roles ["viewer","clerk"] and callers without roles`. */
  toString(): string {
    const listed = `roles [${Array.from(this.roles, shown).join(',')}]`;
    const others = this.isFull ? ' and others' : '';
    return listed + others + (this.withoutRoles && this.roles.size > 0 ? ' and callers without roles' : '');
  }

  private keep(role: string): void {
    if (this.roles.has(role)) return;
    if (this.roles.size < MAX_ROLES) this.roles.add(role);
    else this.isFull = true;
  }
}

function shortened(name: string): string {
  return name.length > MAX_LENGTH ? `${name.slice(0, MAX_LENGTH - 3)}...` : name;
}
