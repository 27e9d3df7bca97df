import { listed, shown } from '../../core/index.js';

/** Formats a table with two spaces between the columns. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    rows.reduce((most, row) => Math.max(most, (row[column] ?? '').length), title.length),
  );
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Formats a name for a terminal: quoted and escaped unless it is a plain word. */
export function printed(name: string): string {
  return /^[\p{L}\p{N}_:.*@/-]+$/u.test(name) ? name : shown(name);
}

/** Lists up to ten names in one line, and counts the rest. */
export function printedList(names: readonly string[]): string {
  return listed(names, 10, printed);
}

/** Lists all names in one line, where none may be omitted. */
export function allPrinted(names: readonly string[]): string {
  return names.map(printed).join(', ');
}

/** Returns a number with its noun: `2 roles`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
