import type { AbstractHttpAdapter } from '@nestjs/core';
import { CONFIRMATION_HEADER } from '../../../sources/http-bundle/index.js';
import type { SignedText } from './signed-text.js';

/** What a request of either adapter has. */
export interface Conditional {
  readonly headers: { readonly 'if-none-match'?: string };
}

/**
 * The text with its tag, or 304 to who has it.
 * @param confirmation That the text is the current one, signed.
 */
export function conditionalAnswer(
  adapter: AbstractHttpAdapter,
  { text, etag }: SignedText,
  request: Conditional,
  response: object,
  confirmation?: string,
): string | undefined {
  adapter.setHeader(response, 'ETag', etag);
  if (confirmation !== undefined) adapter.setHeader(response, CONFIRMATION_HEADER, confirmation);
  if (matches(request.headers['if-none-match'], etag)) {
    adapter.status(response, 304);
    return undefined;
  }
  adapter.setHeader(response, 'Content-Type', 'application/jose');
  return text;
}

/** RFC 9110 section 13.1.2: a list of entity tags, compared weakly, or `*`. */
function matches(condition: string | undefined, etag: string): boolean {
  const named = condition?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return named.includes(etag) || named.includes('*');
}
