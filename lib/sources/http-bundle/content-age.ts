import type { SignatureSettings } from './signing/signature-settings.js';
import { signText, type SignerSettings } from './signing/sign-bundle.js';
import { openBundle } from './signing/verify-bundle.js';

/**
 * The header by which a publisher confirms, with every answer, that a document is still the current one: a small signed statement, so that an idle
 * document need not be signed and fetched again. A JWS over `{ sequence, issuedAt }`.
 */
export const CONFIRMATION_HEADER = 'authz-confirmation';

/** By how much the publisher's clock may be ahead, in milliseconds. */
const MAX_AHEAD_MS = 60_000;

type SignedContent = Readonly<Record<string, unknown>>;

/** `typ` of a confirmation: one of revocations is none of a mapping, and neither is a document. */
function confirmationType(type: string): string {
  return type.replace('+jws', '-confirmation+jws');
}

/**
 * Up to when a signed document is known to have been current, in milliseconds since 1970: what it says itself in `issuedAt`. One that says nothing,
 * or a moment to come, counts as never confirmed.
 */
export function issuedAtOf({ issuedAt }: SignedContent, now = Date.now()): number {
  const moment = typeof issuedAt === 'string' ? Date.parse(issuedAt) : NaN;
  return moment <= now + MAX_AHEAD_MS ? moment : 0;
}

/** Confirms a document of a type. @param sequence That of the document. @param asOf Up to when it is known to be current. */
export function signConfirmation(type: string, sequence: number, asOf: Date, signer: SignerSettings): Promise<string> {
  return signText(JSON.stringify({ sequence, issuedAt: asOf.toISOString() }), confirmationType(type), signer);
}

/** How the publisher's statements about a signed document are read. */
export interface ConfirmationTerms {
  readonly signature: SignatureSettings;
  /** `typ` of the document. */
  readonly type: string;
}

/**
 * Up to when a confirmation says that a document was current, in milliseconds since 1970; 0 if it is about another document.
 * @throws Error if the confirmation is not to be trusted.
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
