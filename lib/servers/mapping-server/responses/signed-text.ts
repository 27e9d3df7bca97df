import { createHash } from 'node:crypto';

/** A signed document as it is published. */
export interface SignedText {
  /** A compact JWS. */
  readonly text: string;
  /** A strong entity tag of the text. */
  readonly etag: string;
}

/** Gives a text its tag: of its signature, which is over all of it, so that a long one is not gone through once more. */
export function tagged(text: string): SignedText {
  const signature = text.slice(text.lastIndexOf('.') + 1);
  return { text, etag: `"${createHash('sha256').update(signature).digest('base64url')}"` };
}
