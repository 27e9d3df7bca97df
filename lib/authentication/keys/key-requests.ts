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

/** Options for requesting the discovery document and the keys of an issuer. */
export interface KeyRequestOptions {
  /**
   * Headers of each request, or a function that returns them, for keys behind a login. They are sent to the origin of `jwksUri` if it is set, else
   * to that of the issuer; never to another origin that the discovery document names. Redirects are not followed. Headers are never logged. For an
   * issuer from a resolver, the first function stays in use while the other settings stay the same, so the function must read changing values
   * itself. Default: none.
   */
  readonly headers?: HeadersOption;
  /**
   * Path of a file with a token, which is sent as `Authorization: Bearer` to the same origin as `headers`. Read for each request, so the token may
   * be replaced at any time: `/var/run/secrets/kubernetes.io/serviceaccount/token`. Default: none.
   */
  readonly tokenFile?: string;
  /**
   * Replaces the platform's `fetch`, such as for a proxy or a client certificate. Must support `signal` and `redirect: 'manual'`, as the `fetch` of
   * undici does. Default: the platform's `fetch`.
   */
  readonly fetch?: Fetch;
}

const MEMBERS = membersOf<KeyRequestOptions>()(['headers', 'tokenFile', 'fetch']);

/** Reads and checks the option `keyRequests` of an issuer. @param path Name of the option in messages. @throws AuthzConfigError */
export function parseKeyRequests(value: unknown, path: string): KeyRequestOptions {
  const example = "{ tokenFile: '/var/run/…/token' }";
  const given = readOptions(value, { place: `"${path}"`, members: MEMBERS, example, isSecret: true });
  const { tokenFile, fetch } = given;
  const headers = optional(given.headers, (member) => headersOption(member, memberPath(path, 'headers')));
  if (tokenFile !== undefined && hasAuthorization(headers))
    throw new AuthzConfigError(
      'AUTHZ_OPTION_CONFLICT',
      `"${path}" has an Authorization header in "headers" and another one by "tokenFile". Write one of them.`,
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

/** Reads `headers`. The message does not show the value, which may be a token. */
function headersOption(value: unknown, option: string): HeadersOption {
  if (typeof value === 'function' || isRecord(value)) return value as HeadersOption;
  const expected = 'an object of header names and strings, or a function that returns one';
  throw new AuthzConfigError('AUTHZ_OPTIONS', `"${option}" must be ${expected}, got ${kindOf(value)}.`);
}

function isPath(text: string): boolean {
  return text !== '';
}

function hasAuthorization(headers: unknown): boolean {
  return isRecord(headers) && Object.keys(headers).some((name) => name.toLowerCase() === AUTHORIZATION);
}

const AUTHORIZATION = 'authorization';

/** Requests the discovery document and the keys of one issuer. */
export class KeyRequests {
  private readonly origin: string;

  /** @param home A URL from the options. The headers are sent to its origin only. */
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
      // Without the cause, which may quote a header.
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
    return ` (the headers of "keyRequests" are sent to ${this.origin} only; if the keys are there, write "jwksUri")`;
  }
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : '';
}

/** Removes secrets from a message: the error of an application's own `fetch` may quote the headers. */
function without(secrets: readonly string[], message: string): string {
  return secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '[header]')), message);
}

/** Enforces the deadline: a function of the application may ignore the signal. */
async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => setImmediate(reject, new Error('"keyRequests" did not finish in time')); // later than work that the signal ends, whose error says more
    signal.addEventListener('abort', late, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', late));
  });
}

/** A bearer token (RFC 6750 section 2.1). fetch() rejects a header with other characters, with a message that quotes the header. */
const TOKEN = /^[\w.~+/-]+=*$/;

async function tokenIn(file: string): Promise<string> {
  const token = (await readFile(file, 'utf8').catch(unreadable(file))).trim();
  if (TOKEN.test(token)) return token;
  throw new Error(
    `"keyRequests.tokenFile" ${shown(file)} holds no token: ${token === '' ? 'it is empty' : 'it contains characters that no token has'}`,
  );
}

function unreadable(file: string): (error: unknown) => never {
  return (error) => {
    const { code = 'it cannot be read' } = error as NodeJS.ErrnoException;
    throw new Error(`"keyRequests.tokenFile" ${shown(file)}: ${code}`, { cause: error });
  };
}
