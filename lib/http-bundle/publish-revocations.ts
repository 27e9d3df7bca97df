import { postJson } from '../http-client/index.js';
import type { HttpRevocationsSettings } from './http-revocations-settings.js';
import { requestHeaders } from './request-headers.js';

/** Most characters of entries in one request: servers take bodies of 100 kB unless they are told otherwise. */
const MAX_CHARACTERS = 32_768;

/**
 * Sends entries to where the document is published, in as many requests as it takes.
 * @param entries JSON texts.
 * @throws Error if it may not have all of them.
 */
export async function publishRevocations(
  { url, headers }: Pick<HttpRevocationsSettings, 'url' | 'headers'>,
  entries: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const part of inParts(entries)) {
    const status = await postJson(url, `{"revocations":[${part.join(',')}]}`, { signal, headers: await requestHeaders(headers) });
    if (!TAKEN.has(status)) throw new Error(`it does not take revocations (POST answered ${status})${ADVICE.get(status) ?? ''}`);
  }
}

const TAKEN: ReadonlySet<number> = new Set([200, 202, 204]);

const NO_SERVER = '. Set up RevocationServerModule there, or write readOnly: true if it is only to be read';
const ADVICE: ReadonlyMap<number, string> = new Map([
  [401, ': the token in "headers" is not accepted there'],
  [403, ': the token in "headers" needs the permission revocations:write there'],
  [404, NO_SERVER],
  [405, NO_SERVER],
]);

function* inParts(entries: readonly string[]): Generator<readonly string[]> {
  let part: string[] = [];
  let characters = 0;
  for (const entry of entries) {
    if (part.length > 0 && characters + entry.length > MAX_CHARACTERS) {
      yield part;
      part = [];
      characters = 0;
    }
    part.push(entry);
    characters += entry.length;
  }
  if (part.length > 0) yield part;
}
