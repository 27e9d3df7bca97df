import { isRecord, shown } from '../../core/index.js';
import { readDocument } from '../../mapping/index.js';
import { CliError } from '../cli.error.js';
import { nameOf, readText } from '../read-text.js';
import type { Terminal } from '../terminal.interface.js';

/** Reads a file in JSON or YAML. @throws CliError */
export async function readExport(file: string, terminal: Terminal): Promise<unknown> {
  const text = await readText(file, terminal);
  try {
    return /^\s*[{[]/.test(text) ? JSON.parse(text) : (await readDocument({ text }, nameOf(file))).document;
  } catch {
    throw new CliError(`${nameOf(file)} is neither JSON nor YAML.`); // the parser's own message would quote it, and an export has secrets in it
  }
}

/** An own member of an object, where both are there. */
export function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The objects in a list; none where it is no list. */
export function recordsOf(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** The texts in a list; none where it is no list. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

/** A member that must be a text. @throws CliError */
export function nameIn(value: Record<string, unknown>, member: string, what: string): string {
  const name = memberOf(value, member);
  if (typeof name === 'string' && name !== '') return name;
  throw new CliError(`${what} has no "${member}", got ${shown(name)}.`);
}

/** A member that may be a text. */
export function textIn(value: unknown, member: string): string | undefined {
  const text = memberOf(value, member);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
