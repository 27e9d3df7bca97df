import { isRecord, messageOf, printable, shown } from '../../core/index.js';
import type { BundleSignature } from '../../sources/http-bundle/index.js';
import { getJson, isFetchable } from '../../network/http-client/index.js';
import { CliError } from '../cli.error.js';
import { nameOf, readText } from './read-text.js';
import type { Terminal } from '../output/terminal.interface.js';

type PublicKeys = Extract<BundleSignature, { readonly keys: unknown }>['keys'];

/**
 * Reads the keys that verify a bundle.
 * @param place The URL of a JWK Set, or a file with one or with a single JWK.
 * @throws CliError if they cannot be read or fetched.
 */
export async function publicKeys(place: string, terminal: Terminal): Promise<BundleSignature> {
  const keys = await keySetAt(place, '--keys', terminal);
  // A published set may contain keys for other uses. In a file, the user chose every key.
  return { keys: isUrl(place) ? keys.filter((key) => isRecord(key) && key['kid'] !== undefined) : keys };
}

/** Reads the keys of an option that takes the URL of a JWK Set, or a file with one or with a single JWK. @throws CliError */
export async function keySetAt(place: string, option: string, terminal: Terminal): Promise<PublicKeys> {
  const keys = keysIn(isUrl(place) ? await fetched(place, option) : parsed(await readText(place, terminal), place, option));
  if (keys === undefined)
    throw new CliError(`${option} ${nameOf(place)} contains neither a JWK Set ({ "keys": [...] }) nor a JWK.`);
  return keys;
}

/** Returns true for a URL, false for a file. */
export function isUrl(place: string): boolean {
  return /^https?:/i.test(place);
}

async function fetched(url: string, option: string): Promise<unknown> {
  if (!URL.canParse(url) || !isFetchable(new URL(url), false))
    throw new CliError(
      `${option} must be a file or an https URL, got ${shown(url)}: over http, the keys could be replaced in transit.`,
    );
  return getJson(url).catch((error: unknown) => {
    throw new CliError(`The keys at ${shown(url)} cannot be fetched: ${printable(messageOf(error))}.`);
  });
}

function keysIn(value: unknown): PublicKeys | undefined {
  if (!isRecord(value)) return undefined;
  if (Array.isArray(value['keys'])) return value['keys'] as PublicKeys;
  return value['kty'] === undefined ? undefined : [value];
}

function parsed(text: string, place: string, option: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CliError(`${option} must be a JWK Set ({ "keys": [...] }), but ${nameOf(place)} is not JSON.`); // the parser's own message would quote the file
  }
}
