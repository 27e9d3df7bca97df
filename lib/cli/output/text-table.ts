import { listed, shown } from '../../core/index.js';

/** Columns side by side, two blanks between them. */
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

/** A name from a document as a terminal may show it: quoted and escaped where it is more than a plain word. */
export function printed(name: string): string {
  return /^[\p{L}\p{N}_:.*@/-]+$/u.test(name) ? name : shown(name);
}

/** Names in one line; beyond the tenth they are counted only. */
export function printedList(names: readonly string[]): string {
  return listed(names, 10, printed);
}

/** All names in one line, for what must not be lost without a word. */
export function allPrinted(names: readonly string[]): string {
  return names.map(printed).join(', ');
}

/** A number with what it counts. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
