import { createHash } from 'node:crypto';

/** A signed document, as published. */
export interface SignedDocument {
  /** A compact JWS. */
  readonly jws: string;
  /** A strong entity tag of the JWS. */
  readonly etag: string;
}

/** Adds the entity tag. It is a digest of the signature, which covers the whole document, so a long document is not hashed again. */
export function tagged(jws: string): SignedDocument {
  const signature = jws.slice(jws.lastIndexOf('.') + 1);
  return { jws, etag: `"${createHash('sha256').update(signature).digest('base64url')}"` };
}
