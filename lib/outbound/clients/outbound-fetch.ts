import { checkDestination } from '../targets/check-destination.js';
import { putHeaders, type Credentials } from './outbound-headers.js';
import type { TargetSettings } from '../targets/target-settings.js';

/** A `fetch` for requests to one target. */
export type OutboundFetch = typeof fetch;

type Input = Parameters<OutboundFetch>[0];
type RequestInput = Exclude<Input, string | URL>;

/** Makes a `fetch` that adds the target's token, and refuses other origins. Returns a redirect as the response instead of following it. */
export function outboundFetch(target: TargetSettings, credentialsOf: () => Promise<Credentials>): OutboundFetch {
  return async (input, init = {}) => {
    const { url, headers: own, redirect: requested } = partsOf(input);
    const { href } = checkDestination(target, url);
    const headers = new Headers(init.headers ?? own);
    const credentials = await credentialsOf();
    putHeaders(headers, credentials.headers);
    const redirect = [init.redirect, requested].includes('error') ? 'error' : 'manual';
    // The checked URL, not the URL object, which may have changed since.
    const response = await fetch(isRequest(input) ? input : href, { ...init, headers, redirect });
    if (response.status === 401) credentials.refused();
    return response;
  };
}

function partsOf(input: Input): Partial<Pick<RequestInput, 'headers' | 'redirect'>> & { readonly url: string } {
  if (isRequest(input)) return input;
  return { url: typeof input === 'string' ? input : input.href };
}

/** Checks a member, not the class: a process may have several classes `Request`. */
function isRequest(input: Input): input is RequestInput {
  return typeof input === 'object' && 'url' in input;
}
