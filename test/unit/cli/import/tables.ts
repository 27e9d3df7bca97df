import { mkdir } from 'node:fs/promises';
import { ran, type Ran } from '../ran.js';
import type { Scratch } from '../scratch.js';

let directories = 0;

/** Writes CSV files into a new directory and imports it. */
export async function importCsv(
  scratch: Scratch,
  files: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Ran> {
  const directory = `tables${++directories}`;
  await mkdir(scratch.path(directory));
  for (const [file, text] of Object.entries(files)) await scratch.write(`${directory}/${file}.csv`, text);
  return ran(['import', 'csv', scratch.path(directory), ...args, '--json']);
}
