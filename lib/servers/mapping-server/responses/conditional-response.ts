import type { AbstractHttpAdapter } from '@nestjs/core';
import { CONFIRMATION_HEADER } from '../../../sources/http-bundle/index.js';
import type { SignedDocument } from './signed-document.js';

/** What a request has on Express and Fastify. */
export interface Conditional {
  readonly headers: { readonly 'if-none-match'?: string };
}

/**
 * Returns the document with its entity tag, or sets 304 for a client that has it.
 * @param confirmation Signed statement that the document is current.
 */
export function conditionalResponse(
  adapter: AbstractHttpAdapter,
  { jws, etag }: SignedDocument,
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
  return jws;
}

/** RFC 9110 section 13.1.2: a list of entity tags, compared weakly, or `*`. */
function matches(condition: string | undefined, etag: string): boolean {
  const named = condition?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return named.includes(etag) || named.includes('*');
}
