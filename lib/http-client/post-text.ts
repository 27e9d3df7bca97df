import { explained, readText, type TextRequest } from './get-text.js';

/**
 * Posts a text in UTF-8 and reads the answer, with status 200 only and no redirects, as a text is fetched.
 * @param request `headers` says what `body` is (`content-type`).
 * @throws Error with a message for the operator, which names no URL and no header.
 */
export async function postText(url: string, body: string, { signal, maxBytes, headers = {} }: TextRequest): Promise<string> {
  return explained(async () => {
    const response = await fetch(url, { method: 'POST', body, signal, headers, redirect: 'manual' });
    return (await readText(response, maxBytes)).text;
  });
}
