import { shown } from '../../../core/index.js';
import { parseJws, verifyJwsAside, type Jws, type JwsFault } from '../../../jws/index.js';
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
  const { payload, claims } = await verified(parseJws(jws, Infinity), signature, type);
  if (!Number.isSafeInteger(claims['sequence']))
    throw new Error('it is signed without a "sequence", so an older one could replace it unnoticed');
  return { text: payload, signed: claims };
}

/** In this order, so that no key is fetched for what would be refused under any. */
async function verified(jws: Jws | JwsFault, { keyFor, algorithms }: SignatureSettings, type: string): Promise<Jws> {
  if (typeof jws === 'string') throw new Error(FAULTS[jws]);
  const { alg, typ, kid } = jws.header;
  if (!(algorithms as readonly string[]).includes(alg)) throw notAccepted(`"alg" in its header is ${shown(alg)}`);
  if (typ !== type) throw notAccepted(`"typ" in its header is ${shown(typ)}, not "${type}"`);
  if (kid === undefined) throw notAccepted('its header names no key ("kid")');
  if (await verifyJwsAside(jws, await keyFor(jws.header))) return jws;
  throw notAccepted('signature verification failed: another key made it, or it was changed since');
}

const FAULTS: Readonly<Record<JwsFault, string>> = {
  algorithm: 'its signature is not accepted: "alg" in its header is no string',
  malformed:
    'its signature is not accepted: it is no JWS in compact serialization, or its header has members that are not accepted',
  payload: 'its signature is not accepted: what is signed is no JSON object',
};

function notAccepted(why: string): Error {
  return new Error(`its signature is not accepted: ${why}`);
}
