import { sign, type KeyObject, type SignKeyObjectInput } from 'node:crypto';
import { promisify } from 'node:util';
import { bindingOf, type Algorithm } from './algorithms.js';

const signAside = promisify(sign);

/** A private key and the algorithm that it signs with. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly alg: Algorithm;
}

/** Signs a payload as a JWS in compact serialization (RFC 7515 sections 5.1 and 7.1). @throws Error if the key does not fit its algorithm. */
export function signJws(payload: string, header: object, key: SigningKey): string {
  const input = inputOf(payload, header, key);
  return joined(input.text, sign(input.hash, input.data, input.key));
}

/** Does the same as {@link signJws} in Node's thread pool, for a payload of megabytes. */
export async function signJwsAside(payload: string, header: object, key: SigningKey): Promise<string> {
  const input = inputOf(payload, header, key);
  return joined(input.text, await signAside(input.hash, input.data, input.key));
}

interface SigningInput {
  readonly text: string;
  readonly data: Buffer;
  readonly hash: string | null;
  readonly key: SignKeyObjectInput;
}

function inputOf(payload: string, header: object, { key, alg }: SigningKey): SigningInput {
  const binding = bindingOf(alg, key);
  if (binding === undefined) throw new Error(`a ${key.asymmetricKeyType ?? key.type} key cannot sign with ${alg}`);
  const text = `${base64url(JSON.stringify({ alg, ...header }))}.${base64url(payload)}`;
  return { text, data: Buffer.from(text), hash: binding.hash, key: { key, ...binding.form } };
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function joined(input: string, signature: Buffer): string {
  return `${input}.${signature.toString('base64url')}`;
}
