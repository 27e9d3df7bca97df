import { checkDestination } from '../targets/check-destination.js';
import { putHeaders, type Credentials } from './outbound-headers.js';
import type { TargetSettings } from '../targets/target-settings.js';

/** `fetch`, for requests to one target. */
export type OutboundFetch = typeof fetch;

type Input = Parameters<OutboundFetch>[0];
type RequestInput = Exclude<Input, string | URL>;

/** A `fetch` that sends the target's token, to the target's origin alone. A redirect is not followed: it is the answer. */
export function outboundFetch(target: TargetSettings, credentialsOf: () => Promise<Credentials>): OutboundFetch {
  return async (input, init = {}) => {
    const { url, headers: own, redirect: wished } = partsOf(input);
    const { href } = checkDestination(target, url);
    const headers = new Headers(init.headers ?? own);
    const credentials = await credentialsOf();
    putHeaders(headers, credentials.headers);
    const redirect = [init.redirect, wished].includes('error') ? 'error' : 'manual';
    // The URL that was checked, not the object, which may have changed since.
    const answer = await fetch(isRequest(input) ? input : href, { ...init, headers, redirect });
    if (answer.status === 401) credentials.refused();
    return answer;
  };
}

function partsOf(input: Input): Partial<Pick<RequestInput, 'headers' | 'redirect'>> & { readonly url: string } {
  if (isRequest(input)) return input;
  return { url: typeof input === 'string' ? input : input.href };
}

/** By its member, not its class: there may be several of that. */
function isRequest(input: Input): input is RequestInput {
  return typeof input === 'object' && 'url' in input;
}
