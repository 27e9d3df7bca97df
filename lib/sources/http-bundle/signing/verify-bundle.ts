import { shown } from '../../../core/index.js';
import { parseJws, verifyJwsAside, type Jws, type JwsFault } from '../../../jws/index.js';
import type { BundleSignature } from './bundle-signature.interface.js';
import { signatureSettings, type SignatureSettings } from './signature-settings.js';

/** `typ` in the header of a signed mapping (RFC 7515 section 4.1.9), so that no other JWS of the same key is accepted as one. */
export const BUNDLE_TYPE = 'authz-mapping+jws';

/** JWS compact serialization (RFC 7515 section 7.1), including an unsigned one. */
const COMPACT_JWS = /^[\w-]+\.[\w-]*\.[\w-]*$/;

/**
 * Verifies a signed bundle, as {@link httpBundle} does.
 * @returns The document in it, as JSON. Its roles are not checked yet.
 * @throws AuthzConfigError if `signature` is wrong, Error if the bundle cannot be trusted.
 */
export async function verifyBundle(text: string, signature: BundleSignature): Promise<string> {
  return (await openBundle(text, signatureSettings(signature, 'signature', false), BUNDLE_TYPE)).text;
}

/** Content of a bundle. */
export interface OpenedBundle {
  readonly text: string;
  /** The parsed document, if it was signed; it is then an object with a `sequence`. */
  readonly signed: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Opens a bundle. Only the configuration decides whether a signature is required, never the bundle.
 * @param type Required `typ` in the header of a signed bundle.
 * @throws Error if the bundle cannot be trusted.
 */
export async function openBundle(text: string, signature: SignatureSettings | undefined, type: string): Promise<OpenedBundle> {
  const jws = text.trim();
  const isSigned = COMPACT_JWS.test(jws);
  if (signature === undefined) {
    if (isSigned) throw new Error('it is signed, but "signature" is not configured, so the signature would not be checked');
    return { text, signed: undefined };
  }
  if (!isSigned) throw new Error('it is not signed, and "signature" is configured');
  const { payload, claims } = await verified(parseJws(jws, Infinity), signature, type);
  if (!Number.isSafeInteger(claims['sequence']))
    throw new Error('it is signed without a "sequence", so an older document could replace it unnoticed');
  return { text: payload, signed: claims };
}

/** The checks that need no key come first, so that no key is fetched in vain. */
async function verified(jws: Jws | JwsFault, { keyFor, algorithms }: SignatureSettings, type: string): Promise<Jws> {
  if (typeof jws === 'string') throw new Error(FAULTS[jws]);
  const { alg, typ, kid } = jws.header;
  if (!(algorithms as readonly string[]).includes(alg)) throw notAccepted(`"alg" in its header is ${shown(alg)}`);
  if (typ !== type) throw notAccepted(`"typ" in its header is ${shown(typ)}, not "${type}"`);
  if (kid === undefined) throw notAccepted('its header names no key ("kid")');
  if (await verifyJwsAside(jws, await keyFor(jws.header))) return jws;
  throw notAccepted('signature verification failed: it was signed with another key, or changed since');
}

const FAULTS: Readonly<Record<JwsFault, string>> = {
  algorithm: 'its signature is not accepted: "alg" in its header is not a string',
  malformed:
    'its signature is not accepted: it is not a JWS in compact serialization, or its header has members that are not accepted',
  payload: 'its signature is not accepted: the signed content is not a JSON object',
};

function notAccepted(why: string): Error {
  return new Error(`its signature is not accepted: ${why}`);
}
