import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';

/** A key pair of a publisher. */
export interface SigningKey {
  readonly kid: string;
  readonly key: KeyObject;
  /** The public key, as services pin it. */
  readonly jwk: JWK;
}

export function newKey(kid: string, pair: { publicKey: KeyObject; privateKey: KeyObject } = ecPair()): SigningKey {
  return { kid, key: pair.privateKey, jwk: { ...(pair.publicKey.export({ format: 'jwk' }) as JWK), kid } };
}

function ecPair() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

const encode = (part: unknown) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** Makes a JWS with any header and payload, signed with ES256. */
export function signedBy({ key }: SigningKey, header: object, payload: unknown): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** Makes a JWS without a signature. */
export function unsecured(header: object, payload: unknown): string {
  return `${encode(header)}.${encode(payload)}.`;
}

/** Makes a JWS whose secret is a public string, such as a public key. */
export function signedBySecret(secret: string, header: object, payload: unknown): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

export function payloadOf(jws: string): unknown {
  return JSON.parse(Buffer.from(jws.split('.')[1]!, 'base64url').toString());
}

export function headerOf(jws: string): unknown {
  return JSON.parse(Buffer.from(jws.split('.')[0]!, 'base64url').toString());
}
