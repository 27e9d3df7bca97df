import { createPrivateKey, KeyObject, type JsonWebKey } from 'node:crypto';
import { isRecord } from '../core/index.js';

/**
 * Reads a private key: a JWK (RFC 7517), a PEM without a passphrase, or a KeyObject. Returns `undefined` for anything else and never throws: the
 * parser's message may quote the key.
 */
export function privateKey(value: unknown): KeyObject | undefined {
  try {
    const key = value instanceof KeyObject ? value : parse(value);
    return key?.type === 'private' ? key : undefined;
  } catch {
    return undefined;
  }
}

function parse(value: unknown): KeyObject | undefined {
  if (typeof value === 'string') return createPrivateKey(value);
  return isRecord(value) ? createPrivateKey({ key: value as JsonWebKey, format: 'jwk' }) : undefined;
}
