import { AuthzConfigError } from '../../core/index.js';
import { sealedTransport, type HttpTransport } from './axios-transport.js';
import { checkDestination } from '../targets/check-destination.js';
import { putTrace, type Credentials } from './outbound-headers.js';
import type { TargetSettings } from '../targets/target-settings.js';

/** The used part of axios's headers. */
interface AxiosHeaders {
  has(name: string): boolean;
  set(name: string, value: string): unknown;
  delete(name: string): unknown;
  concat(more: Record<string, string>): AxiosHeaders;
}

/** The used part of axios's request configuration. */
export interface AxiosRequest {
  url?: string | undefined;
  baseURL?: string | undefined;
  allowAbsoluteUrls?: boolean | undefined;
  maxRedirects?: number | undefined;
  /** Basic authentication, which would replace the token. */
  auth?: unknown;
  timeout?: number | undefined;
  adapter?: unknown;
  transport?: unknown;
  httpVersion?: unknown;
  headers: Pick<AxiosHeaders, 'has' | 'set' | 'delete'>;
}

/** A request interceptor of axios. */
export type AxiosInterceptor = <Config extends AxiosRequest>(config: Config) => Promise<Config>;

type Adapter = (config: AxiosRequest) => Promise<AxiosResponse>;

/** The used part of axios's response. */
interface AxiosResponse {
  status?: number;
  config?: unknown;
  request?: unknown;
}

/**
 * Adds the target's token to requests, and refuses requests to other origins. Returns a redirect as the response instead of following it. The token
 * is not part of the request that axios keeps and puts into its errors, which get logged.
 */
export function axiosInterceptor(target: TargetSettings, credentialsOf: () => Promise<Credentials>): AxiosInterceptor {
  return async (config) => {
    const request: AxiosRequest = config;
    const url = checkDestination(target, urlOf(request));
    checkCanHide(request);
    // The checked URL is the one used: no part is left for axios to combine.
    request.url = url.href;
    delete request.baseURL;
    delete request.auth;
    // The package that follows redirects for axios keeps the token on a redirect to a subdomain.
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

/** Refuses configurations with which the token would be part of axios's errors. @throws AuthzConfigError */
function checkCanHide({ adapter, httpVersion }: AxiosRequest): void {
  const first: unknown = Array.isArray(adapter) ? adapter[0] : adapter;
  if (first !== 'fetch' && httpVersion !== 2) return;
  throw new AuthzConfigError(
    'AUTHZ_OUTBOUND_AXIOS',
    `outbound.axios() cannot keep the token out of the errors of axios with ${first === 'fetch' ? 'adapter: "fetch"' : 'httpVersion: 2'}. Leave that out, or use outbound.fetch().`,
  );
}

/** Wraps an adapter of the application: it gets the token, but the response or error does not contain the token. */
function sealedAdapter(adapter: Adapter, authorization: string, refused: () => void): Adapter {
  return async (config) => {
    const headers = (config.headers as AxiosHeaders).concat({ authorization });
    const cleaned = (response: AxiosResponse): AxiosResponse => {
      response.config = config;
      delete response.request;
      return response;
    };
    try {
      const response = cleaned(await adapter({ ...config, headers }));
      if (response.status === 401) refused();
      return response;
    } catch (error) {
      if (typeof error !== 'object' || error === null) throw error;
      const { response } = cleaned(error) as { readonly response?: AxiosResponse };
      if (response !== undefined && cleaned(response).status === 401) refused();
      throw error;
    }
  };
}

/** Combines `baseURL` and `url` as axios does. */
function urlOf({ url = '', baseURL, allowAbsoluteUrls }: AxiosRequest): string {
  const isAbsolute = /^([a-z][a-z\d+\-.]*:)?\/\//i.test(url);
  if (baseURL === undefined || baseURL === '' || (isAbsolute && allowAbsoluteUrls !== false)) return url;
  return url === '' ? baseURL : `${baseURL.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`;
}
