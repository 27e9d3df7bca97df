import { isRecord, kindOf } from '../../core/index.js';
import { MappingError, readDocument } from '../../mapping/index.js';
import { CliError } from '../cli.error.js';
import { nameOf, readText } from './read-text.js';
import type { Terminal } from '../output/terminal.interface.js';

/**
 * Reads the object of an option: JSON on the command line, else a file in JSON or YAML, or `-`.
 * @throws CliError; its message never contains a value: it may be personal data.
 */
export async function readObject(given: string, option: string, terminal: Terminal): Promise<Readonly<Record<string, unknown>>> {
  const isInline = /^\s*[{[]/.test(given);
  const place = isInline ? `The value of ${option}` : `${nameOf(given)} (${option})`;
  const text = isInline ? given : await readText(given, terminal);
  const value = await readDocument({ text }, place).then(
    ({ document }) => document,
    (error: unknown) => {
      if (!(error instanceof MappingError)) throw error;
      throw new CliError(`${place} is neither JSON nor YAML.`);
    },
  );
  if (isRecord(value)) return value;
  throw new CliError(`${place} must be an object such as {"ownerId": "carl"}, got ${kindOf(value)}.`);
}
