import { compactVerify, errors, type CompactJWSHeaderParameters } from 'jose';
import { isRecord, shown } from '../core/index.js';
import type { BundleSignature } from './bundle-signature.interface.js';
import { signatureSettings, type SignatureSettings } from './signature-settings.js';

/** What a signed mapping says of itself in its header (RFC 7515 section 4.1.9), so that no other JWS of the same key is taken for one. */
export const BUNDLE_TYPE = 'authz-mapping+jws';

/** JWS compact serialization (RFC 7515 section 7.1), an unsigned one included. */
const COMPACT_JWS = /^[\w-]+\.[\w-]*\.[\w-]*$/;

/**
 * Verifies a signed bundle, as {@link httpBundle} does.
 * @returns The document in it, as JSON. Its roles are not yet checked.
 * @throws AuthzConfigError if `signature` is wrong, Error if the bundle is not to be trusted.
 */
export async function verifyBundle(text: string, signature: BundleSignature): Promise<string> {
  return (await openBundle(text, signatureSettings(signature, false), BUNDLE_TYPE)).text;
}

/** What is in a text. */
export interface OpenedBundle {
  readonly text: string;
  /** Its value, where it was signed; then it is an object with a `sequence`. */
  readonly signed: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Gives the document in a text. Whether a signature is needed says the configuration alone, never the text.
 * @param type What the text must be, if it is signed: `typ` in its header.
 * @throws Error if the text is not to be trusted.
 */
export async function openBundle(text: string, signature: SignatureSettings | undefined, type: string): Promise<OpenedBundle> {
  const jws = text.trim();
  const isSigned = COMPACT_JWS.test(jws);
  if (signature === undefined) {
    if (isSigned) throw new Error('it is signed, but "signature" is not configured, so nobody would check it');
    return { text, signed: undefined };
  }
  if (!isSigned) throw new Error('it is not signed, and "signature" is configured');
  return documentOf(await payloadOf(jws, signature, type));
}

async function payloadOf(jws: string, { keyFor, algorithms }: SignatureSettings, type: string): Promise<Uint8Array> {
  try {
    const { payload } = await compactVerify(jws, (header) => keyFor(checked(header, type)), { algorithms: [...algorithms] });
    return payload;
  } catch (error) {
    const isOfJose = error instanceof errors.JOSEError;
    throw isOfJose ? new Error(`its signature is not accepted: ${error.message}`, { cause: error }) : error;
  }
}

/** Called once the algorithm is known to be accepted, before any key is touched. */
function checked(header: CompactJWSHeaderParameters, type: string): CompactJWSHeaderParameters {
  if (header.typ !== type)
    throw new Error(`its signature is not accepted: "typ" in its header is ${shown(header.typ)}, not "${type}"`);
  if (typeof header.kid !== 'string') throw new Error('its signature is not accepted: its header names no key ("kid")');
  return header;
}

function documentOf(payload: Uint8Array): OpenedBundle {
  const { text, document } = parsed(payload);
  if (!isRecord(document)) throw new Error('what is signed is no JSON object');
  if (!Number.isSafeInteger(document['sequence']))
    throw new Error('it is signed without a "sequence", so an older one could replace it unnoticed');
  return { text, signed: document };
}

function parsed(payload: Uint8Array): { readonly text: string; readonly document: unknown } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
    return { text, document: JSON.parse(text) };
  } catch {
    throw new Error('what is signed is no JSON'); // the parser's own message would quote it
  }
}
