import { explained, readBodyText, type TextRequest } from './get-text.js';

/** What a server answered. */
export interface PostAnswer {
  readonly status: number;
  readonly text: string;
  /** When to come again (RFC 9110 section 10.2.3), as it was written; `undefined` where it does not say. */
  readonly retryAfter: string | undefined;
}

/**
 * Posts a text in UTF-8 and reads what is answered, whatever its status. A redirect is not followed: headers would go where nobody named.
 * @param request `headers` says what `body` is (`content-type`).
 * @throws Error with a message for the operator, which names no URL and no header.
 */
export async function postText(url: string, body: string, { signal, maxBytes, headers = {} }: TextRequest): Promise<PostAnswer> {
  return explained(async () => {
    const response = await fetch(url, { method: 'POST', body, signal, headers, redirect: 'manual' });
    const retryAfter = response.headers.get('retry-after') ?? undefined;
    return { status: response.status, text: await readBodyText(response, maxBytes), retryAfter };
  });
}
