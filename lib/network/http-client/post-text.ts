import { explained, readBodyText, type TextRequest } from './get-text.js';

/** The response to a POST request. */
export interface PostResponse {
  readonly status: number;
  readonly text: string;
  /** The header `Retry-After` (RFC 9110 section 10.2.3), not parsed; `undefined` if it is missing. */
  readonly retryAfter: string | undefined;
}

/**
 * Posts a string in UTF-8 and reads the response of any status. Follows no redirect: the headers would go to a server that is not configured.
 * @param request `headers` must contain the `content-type` of `body`.
 * @throws Error with a message for the operator, which names no URL and no header.
 */
export async function postText(
  url: string,
  body: string,
  { signal, maxBytes, headers = {} }: TextRequest,
): Promise<PostResponse> {
  return explained(async () => {
    const response = await fetch(url, { method: 'POST', body, signal, headers, redirect: 'manual' });
    const retryAfter = response.headers.get('retry-after') ?? undefined;
    return { status: response.status, text: await readBodyText(response, maxBytes), retryAfter };
  });
}
