import { explained } from './get-text.js';

/**
 * Sends a JSON text by POST. What is answered is not read, and a redirect is not followed: headers would go where nobody named.
 * @param headers Sent along, names in lower case.
 * @returns The status of the answer.
 * @throws Error with a message for the operator, which names no URL and no header.
 */
export async function postJson(
  url: string,
  json: string,
  { signal, headers }: { readonly signal: AbortSignal; readonly headers: Readonly<Record<string, string>> },
): Promise<number> {
  return explained(async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: json,
      redirect: 'manual',
      signal,
    });
    await response.body?.cancel();
    return response.status;
  });
}
