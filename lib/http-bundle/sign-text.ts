import { constants, sign, type SigningOptions } from 'node:crypto';
import type { SignerSettings } from './sign-bundle.js';

/**
 * A compact JWS (RFC 7515 section 7.1) over a text. Encoded by Node itself and signed beside the requests: jose takes the event loop for half a
 * second where a hundred thousand revocations are signed.
 * @param type What it is: `typ` in its header.
 */
export async function signText(text: string, type: string, { key, alg, kid }: SignerSettings): Promise<string> {
  const header = JSON.stringify({ alg, kid, typ: type });
  const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(text).toString('base64url')}`;
  const signature = await new Promise<Buffer>((resolve, reject) => {
    sign(digestOf(alg), Buffer.from(input), { key, ...FORMS[alg.slice(0, 2)] }, (error, made) =>
      error === null ? resolve(made) : reject(error),
    );
  });
  return `${input}.${signature.toString('base64url')}`;
}

/** RFC 7518 sections 3.4 and 3.5, by how the name of the algorithm begins. */
const FORMS: Readonly<Record<string, SigningOptions>> = {
  ES: { dsaEncoding: 'ieee-p1363' },
  PS: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
};

/** Ed25519 has its own (RFC 8037). */
function digestOf(alg: string): string | undefined {
  return alg.startsWith('Ed') ? undefined : `sha${alg.slice(2)}`;
}
