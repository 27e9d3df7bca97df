import { createPublicKey, createSecretKey, KeyObject } from 'node:crypto';
import { AuthzConfigError, shown } from '../../core/index.js';
import { algorithmsOf } from '../keys/algorithms.js';
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

/** Least length of a shared secret, in bytes: that of the hash (RFC 7518 section 3.2). */
const MIN_SECRET_BYTES = 32;

/**
 * Accepts the tokens of the service that issued them before the move to an identity provider, beside the new issuer and until a stated
 * moment: `issuers: [auth0({ … }), legacyIssuer({ … })]`. Both are counted (`authz.diagnostics()`), and the log warns as the date comes near.
 * This is the only place where a shared secret (HS256) is accepted, for this `iss` alone.
 *
 * @param options.issuer What the old tokens carry in `iss`; any text.
 * @param options.key The shared secret, at least 32 bytes, or the public key as PEM.
 * @param options.acceptUntil When to stop: a Date or an ISO 8601 text such as `2027-03-31T00:00:00Z`.
 * @param options.audience What `aud` must contain. Default: the module's `audience`. `null` accepts any.
 * @param options.roles Where the roles are. Default: `roles`.
 * @param options.rolesFormat Default: `array`.
 * @param options.subject Gives the subject that the new issuer uses for the same person. Default: `sub` as it is.
 * @param options.role Gives the new name of a role, or `undefined` to drop it. Default: the name as it is.
 */
export function legacyIssuer(
  options: Pick<IssuerOptions, 'issuer' | 'audience' | 'roles' | 'rolesFormat' | 'tenant'> & {
    readonly key: string | Buffer | KeyObject;
    readonly acceptUntil: Date | string;
    readonly subject?: LegacySettings['subject'];
    readonly role?: LegacySettings['role'];
  },
): IssuerOptions {
  const { key, acceptUntil, subject, role, ...rest } = options;
  return { ...rest, legacy: { ...keySettings(key), acceptUntil: moment(acceptUntil), subject, role } };
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
  // What looks like a PEM is a public key or a mistake, never a secret: anyone may know it.
  if (/^\s*(\{|MI[IG])/.test(key.toString())) throw refused('what looks like a JWK or a key without its PEM frame');
  if (!key.includes('-----BEGIN')) return createSecretKey(Buffer.from(key));
  try {
    return createPublicKey(key);
  } catch {
    throw refused('a PEM that cannot be read');
  }
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
