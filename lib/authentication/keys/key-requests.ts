import { readFile } from 'node:fs/promises';
import {
  AuthzConfigError,
  functionOption,
  isRecord,
  kindOf,
  memberPath,
  membersOf,
  messageOf,
  optional,
  readOptions,
  shown,
  stringOption,
} from '../../core/index.js';
import { getJson, requestHeaders, type Fetch, type HeadersOption } from '../../network/http-client/index.js';

/** How the discovery document and the keys of an issuer are asked for. */
export interface KeyRequestOptions {
  /**
   * Headers of each request, or a function that gives them, for keys behind a login. They go to the host of the issuer, or of `jwksUri` where it is
   * written here; never to another host that the discovery document names, and no redirect is followed. Nothing of them is logged. Of an issuer of a resolver the first
   * function stays in use while its other settings are the same, so a function has to read anew what may change. Default: none.
   */
  readonly headers?: HeadersOption;
  /**
   * A file with a token, which is sent as `Authorization: Bearer`, under the same conditions. It is read anew for each request, so the token may be
   * replaced at any time: `/var/run/secrets/kubernetes.io/serviceaccount/token`. Default: none.
   */
  readonly tokenFile?: string;
  /**
   * Sends the requests in place of the platform's `fetch`, such as through a proxy or with a certificate of the client. It has to heed `signal` and
   * `redirect: 'manual'`, as the `fetch` of undici does. Default: the platform's.
   */
  readonly fetch?: Fetch;
}

const MEMBERS = membersOf<KeyRequestOptions>()(['headers', 'tokenFile', 'fetch']);

/** Reads the option `keyRequests` of an issuer. @param path The option as messages name it. @throws AuthzConfigError */
export function parseKeyRequests(value: unknown, path: string): KeyRequestOptions {
  const example = "{ tokenFile: '/var/run/…/token' }";
  const given = readOptions(value, { place: `"${path}"`, members: MEMBERS, example, isSecret: true });
  const { tokenFile, fetch } = given;
  const headers = optional(given.headers, (member) => headersOption(member, memberPath(path, 'headers')));
  if (tokenFile !== undefined && hasAuthorization(headers))
    throw new AuthzConfigError(
      'AUTHZ_OPTION_CONFLICT',
      `"${path}" has an Authorization header in "headers" and one by "tokenFile". Write one of them.`,
    );
  const file = optional(tokenFile, (member) => stringOption(member, memberPath(path, 'tokenFile'), 'the path of a file', isPath));
  const send = optional(fetch as Fetch | undefined, (member) =>
    functionOption(member, memberPath(path, 'fetch'), 'a function like fetch'),
  );
  return Object.freeze({
    ...(headers !== undefined && { headers }),
    ...(file !== undefined && { tokenFile: file }),
    ...(send !== undefined && { fetch: send }),
  });
}

/** The value is not shown: it may be a token. */
function headersOption(value: unknown, option: string): HeadersOption {
  if (typeof value === 'function' || isRecord(value)) return value as HeadersOption;
  const must = 'an object of header names and strings, or a function that returns one';
  throw new AuthzConfigError('AUTHZ_OPTIONS', `"${option}" must be ${must}, got ${kindOf(value)}.`);
}

function isPath(text: string): boolean {
  return text !== '';
}

function hasAuthorization(headers: unknown): boolean {
  return isRecord(headers) && Object.keys(headers).some((name) => name.toLowerCase() === AUTHORIZATION);
}

const AUTHORIZATION = 'authorization';

/** Asks for the discovery document and the keys of one issuer. */
export class KeyRequests {
  private readonly origin: string;

  /** @param home A URL that the application wrote: to its origin alone the headers go. */
  constructor(
    home: string,
    private readonly options: KeyRequestOptions = {},
  ) {
    this.origin = originOf(home);
  }

  /** Fetches a JSON document. @throws Error with a message for the operator, without a value of any header. */
  async get(url: string, signal: AbortSignal): Promise<unknown> {
    const { fetch, headers } = this.options;
    const isOwnCode = fetch !== undefined || typeof headers === 'function';
    return isOwnCode ? inTime(this.send(url, signal), signal) : this.send(url, signal);
  }

  private async send(url: string, signal: AbortSignal): Promise<unknown> {
    const isHome = originOf(url) === this.origin;
    const headers = isHome ? await this.headers() : {};
    return getJson(url, signal, { headers, fetch: this.options.fetch }).catch((error: unknown) => {
      // Without its cause, which may quote a header, too.
      throw new Error(without(Object.values(headers), messageOf(error)) + (isHome ? '' : this.hint()));
    });
  }

  private async headers(): Promise<Readonly<Record<string, string>>> {
    const { headers, tokenFile } = this.options;
    const given = await requestHeaders(headers);
    return tokenFile === undefined ? given : { ...given, [AUTHORIZATION]: `Bearer ${await tokenIn(tokenFile)}` };
  }

  private hint(): string {
    const { headers, tokenFile } = this.options;
    if (headers === undefined && tokenFile === undefined) return '';
    return ` (what "keyRequests" sends goes to ${this.origin} alone; if the keys are there, write "jwksUri")`;
  }
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : '';
}

/** What a `fetch` of the application's own says of a request that failed may quote its headers. */
function without(secrets: readonly string[], text: string): string {
  return secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '[header]')), text);
}

/** A function of the application may not end by the signal. */
async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => setImmediate(reject, new Error('"keyRequests" did not answer in time')); // what ended by the signal says more
    signal.addEventListener('abort', late, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', late));
  });
}

/** RFC 6750 section 2.1. A header with anything else in it would be refused by fetch() with a message that quotes it. */
const TOKEN = /^[\w.~+/-]+=*$/;

async function tokenIn(file: string): Promise<string> {
  const token = (await readFile(file, 'utf8').catch(unreadable(file))).trim();
  if (TOKEN.test(token)) return token;
  throw new Error(
    `"keyRequests.tokenFile" ${shown(file)} holds no token: ${token === '' ? 'it is empty' : 'it has other characters than a token'}`,
  );
}

function unreadable(file: string): (error: unknown) => never {
  return (error) => {
    const { code = 'it cannot be read' } = error as NodeJS.ErrnoException;
    throw new Error(`"keyRequests.tokenFile" ${shown(file)}: ${code}`, { cause: error });
  };
}
