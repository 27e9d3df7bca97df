import { createPublicKey, createSecretKey, KeyObject } from 'node:crypto';
import { AuthzConfigError, shown } from '../../core/index.js';
import { algorithmsOf } from '../keys/algorithms.js';
import { functionOption } from './function-option.js';
import type { Claims, IssuerOptions } from './issuer-options.interface.js';

/** What is special about the old service's tokens. */
export interface LegacySettings {
  readonly key: KeyObject;
  readonly algorithms: readonly string[];
  /** When they are no longer accepted, in milliseconds since 1970. */
  readonly acceptUntil: number;
  /** Translates the old service's subject; `undefined` refuses the token. */
  readonly subject: ((claims: Claims) => string | undefined) | undefined;
  /** Translates one role; `undefined` drops it. */
  readonly role: ((name: string) => string | undefined) | undefined;
}

/** What `legacyIssuer()` made, so checked. */
const MADE = new WeakSet<object>();

/** Least length of a shared secret, in bytes: that of the hash (RFC 7518 section 3.2). */
const MIN_SECRET_BYTES = 32;

/**
 * Accepts the tokens of the service that issued them before the move to an identity provider, beside the new issuer and until a stated
 * moment: `issuers: [auth0({ … }), legacyIssuer({ … })]`. Both are counted (`authz.diagnostics()`), and the log warns as the date comes near.
 * This is the only place where a shared secret (HS256) is accepted, for this `iss` alone. The module's `profile` does not matter to it: no
 * token of before knew RFC 9068.
 *
 * @param options.issuer What the old tokens carry in `iss`; any text.
 * @param options.key The shared secret, at least 32 bytes, or the public key as PEM.
 * @param options.acceptUntil When to stop: a Date or an ISO 8601 text such as `2027-03-31T00:00:00Z`.
 * @param options.audience What `aud` must contain. Default: the module's `audience`. `null` accepts any.
 * @param options.roles Where the roles are. Default: `roles`.
 * @param options.rolesFormat Default: `array`.
 * @param options.maxTokenLifetimeSeconds Longest life of an old token, in seconds, where it is another than the module's.
 * @param options.subject Gives the subject that the new issuer uses for the same person. Default: `sub` as it is.
 * @param options.role Gives the new name of a role, or `undefined` to drop it. Default: the name as it is.
 */
export function legacyIssuer(
  options: Pick<IssuerOptions, 'issuer' | 'audience' | 'roles' | 'rolesFormat' | 'tenant' | 'maxTokenLifetimeSeconds'> & {
    readonly key: string | Buffer | KeyObject;
    readonly acceptUntil: Date | string;
    readonly subject?: LegacySettings['subject'];
    readonly role?: LegacySettings['role'];
  },
): IssuerOptions {
  const { key, acceptUntil, subject, role, ...rest } = options;
  if (subject !== undefined) functionOption(subject, 'legacyIssuer({ subject })');
  if (role !== undefined) functionOption(role, 'legacyIssuer({ role })');
  const legacy = Object.freeze({ ...keySettings(key), acceptUntil: moment(acceptUntil), subject, role });
  MADE.add(legacy);
  return { profile: 'generic', ...rest, legacy };
}

/**
 * Takes only what `legacyIssuer()` made: written by hand, an empty secret or a date that never comes would pass. What came is not shown, as
 * it may hold the secret.
 * @throws AuthzConfigError
 */
export function legacySettings(value: LegacySettings): LegacySettings {
  if (MADE.has(value)) return value;
  throw new AuthzConfigError(
    'AUTHZ_LEGACY',
    '"issuer.legacy" must be what legacyIssuer() made, got something else or a copy. Call legacyIssuer({ issuer, key, acceptUntil }).',
  );
}

function keySettings(key: string | Buffer | KeyObject): Pick<LegacySettings, 'key' | 'algorithms'> {
  const imported = importKey(key);
  if (imported.type === 'secret') {
    if ((imported.symmetricKeySize ?? 0) >= MIN_SECRET_BYTES) return { key: imported, algorithms: ['HS256'] };
    throw refused(`a secret of less than ${MIN_SECRET_BYTES} bytes`);
  }
  const algorithms = [...algorithmsOf(imported, undefined)];
  if (imported.type === 'public' && algorithms.length > 0) return { key: imported, algorithms };
  throw refused(`a ${imported.type} key that no accepted algorithm fits`);
}

function importKey(key: unknown): KeyObject {
  if (key instanceof KeyObject) return key;
  if (typeof key !== 'string' && !Buffer.isBuffer(key)) throw refused(shown(typeof key));
  if (key.includes('-----BEGIN')) return importPem(key);
  if (isEncodedKey(key)) throw refused('what looks like a public key or certificate without its PEM frame');
  return createSecretKey(Buffer.from(key));
}

function importPem(pem: string | Buffer): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw refused('a PEM that cannot be read');
  }
}

/** How a key that is no PEM begins as text: JSON, JSON in base64, base64 of a key or certificate, SSH. */
const ENCODED_KEY = /^\s*([{[]|eyJ|MI[IG]|ssh-|ecdsa-sha2-|---- BEGIN)/;

/** Whether it is a key in an encoding of keys. Taken for a secret, it would be one that anyone may know. */
function isEncodedKey(key: string | Buffer): boolean {
  const text = key.toString();
  return ENCODED_KEY.test(text) || [Buffer.from(key), Buffer.from(text, 'base64')].some(isDerSequence);
}

/** Whether the bytes are one DER SEQUENCE (X.690 sections 8.1.3 and 8.9), as keys and certificates are. */
function isDerSequence([tag, size = 0, ...rest]: Buffer): boolean {
  const sizeBytes = size < 0x80 ? 0 : size - 0x80;
  const length = rest.slice(0, sizeBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  return tag === 0x30 && rest.length === sizeBytes + (sizeBytes === 0 ? size : length);
}

function refused(came: string): AuthzConfigError {
  return new AuthzConfigError(
    'AUTHZ_LEGACY_KEY',
    `"legacyIssuer({ key })" must be the shared secret (at least ${MIN_SECRET_BYTES} bytes) or a public key as PEM, got ${came}.`,
  );
}

function moment(value: unknown): number {
  const time = value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : NaN;
  if (Number.isFinite(time)) return time;
  throw new AuthzConfigError(
    'AUTHZ_LEGACY_UNTIL',
    `"legacyIssuer({ acceptUntil })" must be a date such as '2027-03-31T00:00:00Z', got ${shown(value)}.`,
  );
}
