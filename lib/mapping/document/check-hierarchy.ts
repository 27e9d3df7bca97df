import { didYouMean, shown } from '../../core/index.js';
import { isPlain, type FaultReport, type Path } from './fault-report.js';
import type { ParsedRoles } from './parse-roles.js';

/**
 * Reports unknown parents and inheritance cycles.
 * @param roles The roles to check.
 * @param base The common roles, which a tenant's own roles extend or replace. Empty if `roles` are the common roles.
 */
export function checkHierarchy(roles: ParsedRoles, base: ParsedRoles, path: Path, report: FaultReport): void {
  const isKnown = (name: string) => roles.has(name) || base.has(name);
  const known = () => [...roles.keys(), ...base.keys()];
  for (const [name, { inherits }] of roles)
    inherits.forEach((parent, index) => {
      if (!isKnown(parent))
        report.add([...path, name, 'inherits', index], () => `no role is named ${shown(parent)}.${didYouMean(parent, known())}`);
    });
  const parentsOf = (name: string) => (roles.get(name) ?? base.get(name))?.inherits ?? [];
  const done = new Set<string>();
  // A cycle among the common roles is reported for them; every other cycle contains one of these roles.
  for (const name of roles.keys())
    findCycles(parentsOf, name, done, (cycle) => {
      const own = cycle.find((role) => roles.has(role)) ?? name;
      report.add([...path, own, 'inherits'], () => `inherits from itself: ${wayText(cycle)}.`);
    });
}

/** Searches depth first, without recursion: a long chain is valid. A role that is already on the path closes a cycle, reported once for each role. */
function findCycles(
  parentsOf: (name: string) => readonly string[],
  start: string,
  done: Set<string>,
  found: (cycle: readonly string[]) => void,
): void {
  const closing = new Set<string>();
  const way = new Set<string>();
  const stack: { readonly name: string; readonly leave: boolean }[] = [{ name: start, leave: false }];
  for (let step = stack.pop(); step; step = stack.pop()) {
    const { name, leave } = step;
    if (leave) {
      way.delete(name);
      done.add(name);
    } else if (way.has(name)) {
      if (closing.has(name)) continue;
      closing.add(name);
      const names = [...way];
      found([...names.slice(names.indexOf(name)), name]);
    } else if (!done.has(name)) {
      way.add(name);
      stack.push({ name, leave: true });
      for (const parent of parentsOf(name)) stack.push({ name: parent, leave: false });
    }
  }
}

/** Formats a path of roles. Shortens a long path in the middle. */
function wayText(names: readonly string[]): string {
  const texts = names.length > 20 ? [...names.slice(0, 10), '…', ...names.slice(-9)] : names;
  return texts.map((name) => (isPlain(name) || name === '…' ? name : shown(name))).join(' → ');
}
