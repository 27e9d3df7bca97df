import { AuthzConfigError } from '../../core/index.js';
import { sealedTransport, type HttpTransport } from './axios-transport.js';
import { checkDestination } from '../targets/check-destination.js';
import { putTrace, type Credentials } from './outbound-headers.js';
import type { TargetSettings } from '../targets/target-settings.js';

/** What we use of headers as axios has them. */
interface AxiosHeaders {
  has(name: string): boolean;
  set(name: string, value: string): unknown;
  delete(name: string): unknown;
  concat(more: Record<string, string>): AxiosHeaders;
}

/** What we use of a request as axios has it. */
export interface AxiosRequest {
  url?: string | undefined;
  baseURL?: string | undefined;
  allowAbsoluteUrls?: boolean | undefined;
  maxRedirects?: number | undefined;
  /** Basic authentication, which would take the place of the token. */
  auth?: unknown;
  timeout?: number | undefined;
  adapter?: unknown;
  transport?: unknown;
  httpVersion?: unknown;
  headers: Pick<AxiosHeaders, 'has' | 'set' | 'delete'>;
}

/** A request interceptor of axios. */
export type AxiosInterceptor = <Config extends AxiosRequest>(config: Config) => Promise<Config>;

type Adapter = (config: AxiosRequest) => Promise<AxiosAnswer>;

/** What we use of an answer as axios has it. */
interface AxiosAnswer {
  status?: number;
  config?: unknown;
  request?: unknown;
}

/**
 * Puts the target's token into requests, to the target's origin alone. A redirect is not followed: it is the answer. The token is not on what axios keeps of a
 * request and puts into its errors, which are logged.
 */
export function axiosInterceptor(target: TargetSettings, credentialsOf: () => Promise<Credentials>): AxiosInterceptor {
  return async (config) => {
    const request: AxiosRequest = config;
    const url = checkDestination(target, urlOf(request));
    checkCanHide(request);
    // What was checked is what is sent to: nothing is left to be put together.
    request.url = url.href;
    delete request.baseURL;
    delete request.auth;
    // Of redirects to a subdomain, what axios follows them with keeps the token.
    request.maxRedirects = 0;
    const credentials = await credentialsOf();
    const { authorization, ...trace } = credentials.headers;
    request.headers.delete('authorization');
    putTrace(request.headers, trace);
    if (typeof request.adapter === 'function') {
      request.adapter = sealedAdapter(request.adapter as Adapter, authorization, credentials.refused);
      return config;
    }
    request.adapter = 'http';
    const { timeout: timeoutMs = 0 } = request;
    const { refused } = credentials;
    request.transport = sealedTransport(request.transport as HttpTransport | undefined, {
      url,
      authorization,
      timeoutMs,
      refused,
    });
    return config;
  };
}

/** @throws AuthzConfigError where axios would have to keep the token where it is logged. */
function checkCanHide({ adapter, httpVersion }: AxiosRequest): void {
  const first: unknown = Array.isArray(adapter) ? adapter[0] : adapter;
  if (first !== 'fetch' && httpVersion !== 2) return;
  throw new AuthzConfigError(
    'AUTHZ_OUTBOUND_AXIOS',
    `outbound.axios() has no way to keep the token out of the errors of axios with ${first === 'fetch' ? 'adapter: "fetch"' : 'httpVersion: 2'}. Leave that out, or use outbound.fetch().`,
  );
}

/** An adapter of the application's: what it is given has the token, and what comes of it has not. */
function sealedAdapter(adapter: Adapter, authorization: string, refused: () => void): Adapter {
  return async (config) => {
    const headers = (config.headers as AxiosHeaders).concat({ authorization });
    const cleaned = (answer: AxiosAnswer): AxiosAnswer => {
      answer.config = config;
      delete answer.request;
      return answer;
    };
    try {
      const answer = cleaned(await adapter({ ...config, headers }));
      if (answer.status === 401) refused();
      return answer;
    } catch (error) {
      if (typeof error !== 'object' || error === null) throw error;
      const { response } = cleaned(error) as { readonly response?: AxiosAnswer };
      if (response !== undefined && cleaned(response).status === 401) refused();
      throw error;
    }
  };
}

/** Put together as axios does. */
function urlOf({ url = '', baseURL, allowAbsoluteUrls }: AxiosRequest): string {
  const isAbsolute = /^([a-z][a-z\d+\-.]*:)?\/\//i.test(url);
  if (baseURL === undefined || baseURL === '' || (isAbsolute && allowAbsoluteUrls !== false)) return url;
  return url === '' ? baseURL : `${baseURL.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`;
}
