import { isRecord, shown } from '../../../core/index.js';
import { postText } from '../../../network/http-client/index.js';
import type { FeedNote } from '../../../revocation/index.js';
import type { HttpRevocationsSettings } from './http-revocations-settings.js';

/** Largest answer read, in bytes: it names what was not taken. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Most characters of entries in one request: servers take bodies of 100 kB unless they are told otherwise. */
const MAX_CHARACTERS = 32_768;

/**
 * Sends entries to where the document is published, in as many requests as it takes.
 * @param entries JSON texts.
 * @param note Told what the server says of those that it took.
 * @throws Error if it may not have all of them.
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
      return postText(url, body, { signal, maxBytes: MAX_ANSWER_BYTES, headers });
    });
    if (!TAKEN.has(status))
      throw new Error(`it does not take revocations (POST answered ${status})${adviceOn(status, requests.tokenOption)}`);
    // A proxy that asks for a login, or a portal: nothing behind it has seen the entries.
    if (text.trimStart().startsWith('<'))
      throw new Error(`it returned a web page for POST (${status}), not what an authority returns`);
    const answer = objectIn(text);
    refuseRefused(answer);
    for (const unknown of listIn(answer, 'unknownIssuers')) note(unknownIssuerNote(unknown));
  }
}

/** RevocationServerModule takes what it understands and names the rest. Another server may answer anything. */
function refuseRefused(answer: Answer): void {
  const [first] = listIn(answer, 'refused');
  if (first !== undefined) throw new Error(`it does not take all of the revocations: ${shown(first)}`);
}

/** Nobody can be logged out whose issuer is not the one that tokens name: with a slash at its end, it is another. */
function unknownIssuerNote(value: unknown): string {
  const { issuer, meant } = isRecord(value) ? value : {};
  const hint = typeof meant === 'string' ? ` Did you mean ${shown(meant)}?` : '';
  return `No tokens of the issuer ${shown(issuer)} are accepted there, so the rule may have no effect anywhere.${hint}`;
}

type Answer = Readonly<Record<string, unknown>>;

function listIn(answer: Answer, member: string): readonly unknown[] {
  const list = answer[member];
  return Array.isArray(list) ? (list as unknown[]) : [];
}

function objectIn(text: string): Answer {
  try {
    const answer: unknown = JSON.parse(text);
    return isRecord(answer) ? answer : {};
  } catch {
    return {};
  }
}

const TAKEN: ReadonlySet<number> = new Set([200, 202, 204]);

const NO_SERVER = '. Set up RevocationServerModule there, or write readOnly: true if it is only to be read';
function adviceOn(status: number, tokenOption: string): string {
  const token = `: the token in "${tokenOption}"`;
  if (status === 401) return `${token} is not accepted there`;
  if (status === 403) return `${token} needs the permission revocations:write there`;
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
