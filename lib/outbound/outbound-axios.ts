import { checkDestination } from './check-destination.js';
import { putHeaders, type OutboundHeaders } from './outbound-headers.js';
import type { TargetSettings } from './target-settings.js';

/** What we use of a request as axios has it. */
export interface AxiosRequest {
  url?: string | undefined;
  baseURL?: string | undefined;
  allowAbsoluteUrls?: boolean | undefined;
  maxRedirects?: number | undefined;
  /** Basic authentication, which would take the place of the token. */
  auth?: unknown;
  headers: { has(name: string): boolean; set(name: string, value: string): unknown };
}

/** A request interceptor of axios. */
export type AxiosInterceptor = <Config extends AxiosRequest>(config: Config) => Promise<Config>;

/** Puts the target's token into requests, to the target's origin alone. A redirect is not followed: it is the answer. */
export function axiosInterceptor(target: TargetSettings, headersOf: () => Promise<OutboundHeaders>): AxiosInterceptor {
  return async (config) => {
    const request: AxiosRequest = config;
    const url = checkDestination(target, urlOf(request));
    // What was checked is what is sent to: nothing is left to be put together.
    request.url = url.href;
    delete request.baseURL;
    delete request.auth;
    // Of redirects to a subdomain, what axios follows them with keeps the token.
    request.maxRedirects = 0;
    putHeaders(request.headers, await headersOf());
    return config;
  };
}

/** Put together as axios does. */
function urlOf({ url = '', baseURL, allowAbsoluteUrls }: AxiosRequest): string {
  const isAbsolute = /^([a-z][a-z\d+\-.]*:)?\/\//i.test(url);
  if (baseURL === undefined || baseURL === '' || (isAbsolute && allowAbsoluteUrls !== false)) return url;
  return url === '' ? baseURL : `${baseURL.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`;
}
