import type { SignatureSettings } from './signing/signature-settings.js';
import { signDocument, type SignerSettings } from './signing/sign-bundle.js';
import { openBundle } from './signing/verify-bundle.js';

/**
 * Header with which a publisher confirms, in every response, that a document is still current: a small JWS over `{ sequence, issuedAt }`. So a
 * document that does not change need not be signed and fetched again.
 */
export const CONFIRMATION_HEADER = 'authz-confirmation';

/** How far the publisher's clock may be ahead, in milliseconds. */
const MAX_AHEAD_MS = 60_000;

type SignedContent = Readonly<Record<string, unknown>>;

/** `typ` of a confirmation. It differs by the type of document, so that one for revocations is not accepted for a mapping. */
function confirmationType(type: string): string {
  return type.replace('+jws', '-confirmation+jws');
}

/**
 * Returns the moment up to which a signed document is known to be current, by its `issuedAt`, in milliseconds since 1970. Without `issuedAt`, or
 * with one in the future, returns 0: never confirmed.
 */
export function issuedAtOf({ issuedAt }: SignedContent, now = Date.now()): number {
  const moment = typeof issuedAt === 'string' ? Date.parse(issuedAt) : NaN;
  return moment <= now + MAX_AHEAD_MS ? moment : 0;
}

/** Confirms a document. @param sequence The document's sequence. @param asOf Moment up to which it is known to be current. */
export function signConfirmation(type: string, sequence: number, asOf: Date, signer: SignerSettings): Promise<string> {
  return signDocument(JSON.stringify({ sequence, issuedAt: asOf.toISOString() }), confirmationType(type), signer);
}

/** How confirmations are verified. */
export interface ConfirmationTerms {
  readonly signature: SignatureSettings;
  /** `typ` of the document. */
  readonly type: string;
}

/**
 * Returns the moment up to which a confirmation says that a document was current, in milliseconds since 1970; 0 if it is about another document.
 * @throws Error if the confirmation cannot be trusted.
 */
export async function confirmedAt(
  confirmation: string,
  { sequence }: SignedContent,
  { signature, type }: ConfirmationTerms,
): Promise<number> {
  const { signed } = await openBundle(confirmation, signature, confirmationType(type)).catch((error: unknown) => {
    throw new Error(`its header "${CONFIRMATION_HEADER}" is not accepted: ${(error as Error).message}`, { cause: error });
  });
  return signed !== undefined && signed['sequence'] === sequence ? issuedAtOf(signed) : 0;
}
