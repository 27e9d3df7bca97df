import { isRecord, shown } from '../../core/index.js';
import { MappingError, parseJson, readDocument } from '../../mapping/index.js';
import { CliError } from '../cli.error.js';
import { nameOf, readText } from '../input/read-text.js';
import type { Terminal } from '../output/terminal.interface.js';

/** Reads a file in JSON or YAML. @throws CliError */
export async function readExport(file: string, terminal: Terminal): Promise<unknown> {
  return parseExport(await readText(file, terminal), nameOf(file));
}

/** Parses a string in JSON or YAML. @throws CliError */
export async function parseExport(text: string, source: string): Promise<unknown> {
  try {
    return (/^\ufeff?\s*[{[]/.test(text) ? parseJson(text.replace(/^\ufeff/, ''), source) : await readDocument({ text }, source))
      .document;
  } catch (error) {
    // The parser's own message would quote the export, which may contain secrets.
    const repeated = error instanceof MappingError && error.faults.find(({ message }) => message.startsWith('this member has'));
    if (repeated) throw new CliError(`${source} has a duplicate member (${repeated.place}): only one of the two could be read.`);
    throw new CliError(`${source} is neither JSON nor YAML.`);
  }
}

/** Returns an own member of an object, `undefined` without the object or the member. */
export function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Returns the objects of a list, none if the list is absent. @throws CliError for any other value, which would be lost. */
export function recordsIn(value: unknown, what: string): readonly Record<string, unknown>[] {
  return listIn(value, what, isRecord, 'objects');
}

/** Returns the strings of a list, none if the list is absent. @throws CliError for any other value. */
export function stringsIn(value: unknown, what: string): readonly string[] {
  return listIn(value, what, (entry) => typeof entry === 'string', 'strings');
}

function listIn<Entry>(value: unknown, what: string, is: (entry: unknown) => entry is Entry, entries: string): readonly Entry[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every(is)) return value;
  const wrong: unknown = Array.isArray(value) ? value.find((entry) => !is(entry)) : value;
  // An export may contain secrets: of an object only the type is shown.
  const got = typeof wrong === 'object' ? (wrong === null ? 'null' : 'an object') : shown(wrong);
  throw new CliError(`${what} must be a list of ${entries}, got ${got}.`);
}

/** Returns the members of an object, none if the object is absent. @throws CliError for any other value. */
export function membersIn(value: unknown, what: string): readonly (readonly [name: string, value: unknown])[] {
  if (value === undefined || value === null) return [];
  if (isRecord(value)) return Object.entries(value);
  throw new CliError(`${what} must be an object, got ${Array.isArray(value) ? 'a list' : shown(value)}.`);
}

/** Returns a member that must be a non-empty string. @throws CliError */
export function nameIn(value: Record<string, unknown>, member: string, what: string): string {
  const name = memberOf(value, member);
  if (typeof name === 'string' && name !== '') return name;
  throw new CliError(`${what} has no "${member}", got ${shown(name)}.`);
}

/** Returns a member if it is a non-empty string. */
export function textIn(value: unknown, member: string): string | undefined {
  const text = memberOf(value, member);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
