import { isRecord, shown } from '../../../core/index.js';
import { postText } from '../../../network/http-client/index.js';
import type { FeedNote } from '../../../revocation/index.js';
import type { HttpRevocationsSettings } from './http-revocations-settings.js';

/** Largest response read, in bytes: it lists the entries that were rejected. */
const MAX_RESPONSE_BYTES = 1024 * 1024;
/** Most characters of entries in one request. The default body limit of common servers is 100 kB. */
const MAX_CHARACTERS = 32_768;

/**
 * Sends entries to the server that publishes the document, in as many requests as needed.
 * @param entries JSON strings.
 * @param note Called with remarks of the server about entries that it accepted.
 * @throws Error if the server may not have all of them.
 */
export async function publishRevocations(
  { url, requests }: Pick<HttpRevocationsSettings, 'url' | 'requests'>,
  entries: readonly string[],
  signal: AbortSignal,
  note: FeedNote = () => undefined,
): Promise<void> {
  for (const part of inParts(entries)) {
    const body = `{"revocations":[${part.join(',')}]}`;
    const { status, text } = await requests.send((given) => {
      const headers = { ...given, 'content-type': 'application/json' };
      return postText(url, body, { signal, maxBytes: MAX_RESPONSE_BYTES, headers });
    });
    if (!TAKEN.has(status))
      throw new Error(`it did not accept the revocations (POST answered ${status})${adviceOn(status, requests.tokenOption)}`);
    // A proxy that asks for a login, or a captive portal: the server behind it has not received the entries.
    if (text.trimStart().startsWith('<'))
      throw new Error(`it responded to POST with a web page (${status}), so a proxy may have taken the request`);
    const responseBody = objectIn(text);
    throwIfRejected(responseBody);
    for (const unknown of listIn(responseBody, 'unknownIssuers')) note(unknownIssuerNote(unknown));
  }
}

/** RevocationServerModule accepts what it can read and lists the rest. Another server may respond with anything. */
function throwIfRejected(responseBody: ResponseBody): void {
  const [first] = listIn(responseBody, 'refused');
  if (first !== undefined) throw new Error(`it rejected some of the revocations: ${shown(first)}`);
}

/** A rule has no effect if its issuer is not exactly the `iss` of tokens, such as one with a slash at the end. */
function unknownIssuerNote(value: unknown): string {
  const { issuer, meant } = isRecord(value) ? value : {};
  const hint = typeof meant === 'string' ? ` Did you mean ${shown(meant)}?` : '';
  return `No tokens of the issuer ${shown(issuer)} are accepted there, so the rule may have no effect anywhere.${hint}`;
}

type ResponseBody = Readonly<Record<string, unknown>>;

function listIn(responseBody: ResponseBody, member: string): readonly unknown[] {
  const list = responseBody[member];
  return Array.isArray(list) ? (list as unknown[]) : [];
}

function objectIn(text: string): ResponseBody {
  try {
    const responseBody: unknown = JSON.parse(text);
    return isRecord(responseBody) ? responseBody : {};
  } catch {
    return {};
  }
}

const TAKEN: ReadonlySet<number> = new Set([200, 202, 204]);

const NO_SERVER = '. Set up RevocationServerModule there, or write readOnly: true to read it only';
function adviceOn(status: number, tokenOption: string): string {
  const token = `: the token in "${tokenOption}"`;
  if (status === 401) return `${token} was rejected`;
  if (status === 403) return `${token} needs the permission revocations:write`;
  return status === 404 || status === 405 ? NO_SERVER : '';
}

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
