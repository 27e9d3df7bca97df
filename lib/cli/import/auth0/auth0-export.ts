import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord, shown } from '../../../core/index.js';
import { CliError } from '../../cli.error.js';
import { nameOf, readText } from '../../input/read-text.js';
import { systemReason } from '../../system-reason.js';
import type { Terminal } from '../../output/terminal.interface.js';
import { memberOf, parseExport, readExport } from '../export-file.js';

/** The values of placeholders by key. */
export type Replacements = ReadonlyMap<string, unknown>;

/**
 * Reads an export of the Deploy CLI: a file, or a directory with `tenant.yaml`, or with `roles/*.json` and `resource-servers/*.json`.
 * Replaces placeholders whose values are given; the others become strings.
 * @throws CliError
 */
export async function readAuth0Export(place: string, replacements: Replacements, terminal: Terminal): Promise<unknown> {
  const read = async (file: string) => parseExport(withReplacements(await readText(file, terminal), replacements), nameOf(file));
  if (place === '-' || !(await isDirectory(place))) return read(place);
  const files = await namesIn(place);
  const tenant = files.find((name) => /^tenant\.(?:ya?ml|json)$/.test(name));
  if (tenant !== undefined) return read(join(place, tenant));
  const each = async (folder: string) => {
    const names = files.includes(folder) ? await namesIn(join(place, folder)) : [];
    return Promise.all(names.filter((name) => name.endsWith('.json')).map((name) => read(join(place, folder, name))));
  };
  const [roles, resourceServers] = [await each('roles'), await each('resource-servers')];
  if (roles.length === 0) throw new CliError(`${nameOf(place)} has no tenant.yaml and no roles/*.json.`);
  return { roles, resourceServers };
}

/** Reads the file of `AUTH0_KEYWORD_REPLACE_MAPPINGS`: the configuration of the Deploy CLI, or an object of keys alone. @throws CliError */
export async function readReplacements(file: string, terminal: Terminal): Promise<Replacements> {
  const value = await readExport(file, terminal);
  const mappings = memberOf(value, 'AUTH0_KEYWORD_REPLACE_MAPPINGS') ?? value;
  if (!isRecord(mappings)) throw new CliError(`${nameOf(file)} must be an object with the values of placeholders.`);
  return new Map(Object.entries(mappings));
}

/** Returns a placeholder without a value: `@@KEY@@` or `##KEY##`. */
export function placeholderIn(value: unknown): string | undefined {
  return typeof value === 'string' ? /@@\w+@@|##\w+##/.exec(value)?.[0] : undefined;
}

/**
 * Replaces placeholders as the Deploy CLI does before it parses the file: JSON for `@@KEY@@` with the quotes around it, and the bare value for
 * `##KEY##`. A placeholder without a value is quoted: in YAML, `@` cannot start a scalar, and `#` starts a comment.
 */
function withReplacements(text: string, replacements: Replacements): string {
  return text
    .replace(/(["']?)@@(\w+)@@\1/g, (found, _quote: string, key: string) =>
      replacements.has(key) ? JSON.stringify(replacements.get(key)) : found,
    )
    .replace(/##(\w+)##/g, (found, key: string) => (replacements.has(key) ? bare(replacements.get(key), key) : found))
    .replace(BARE, (_, before: string, value: string) => `${before}${JSON.stringify(value)}`);
}

/** An unquoted YAML value, or entry of a list in brackets, that begins with a placeholder. */
const BARE =
  /((?:^|[\n,[{])[^\S\n]*(?:-[^\S\n]+)?(?:[\w.-]+:[^\S\n]+)?)((?:@@\w+@@|##\w+##)[^\n"',\]}]*?)(?=[^\S\n]*(?:[\n,\]}]|$))/g;

function bare(value: unknown, key: string): string {
  if (typeof value === 'string' && /^[^\p{Cc}"'\\]*$/u.test(value)) return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new CliError(`The value of ##${key}## must be a string without quotes, got ${shown(value)}.`);
}

async function isDirectory(place: string): Promise<boolean> {
  return (await stat(place).catch(() => undefined))?.isDirectory() ?? false;
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return (
    await readdir(directory).catch((error: unknown) => {
      throw new CliError(`The directory ${nameOf(directory)} cannot be read: ${systemReason(error)}.`);
    })
  ).sort();
}
