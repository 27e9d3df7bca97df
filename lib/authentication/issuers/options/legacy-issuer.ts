import { createPublicKey, createSecretKey, KeyObject } from 'node:crypto';
import {
  AuthzConfigError,
  dateOption,
  flagOption,
  kindOf,
  memberPath,
  membersOf,
  numberOption,
  optional,
  readOptions,
  wrongValue,
  type NumberRule,
} from '../../../core/index.js';
import { algorithmsOf } from '../../../jws/index.js';
import { syncFunctionOption } from '../claims/function-option.js';
import type { IssuerOptions, RoleClaim } from './issuer-options.interface.js';
import type { Claims } from '../claims/claims.js';
import type { FindRoles, RoleLookupSettings } from '../claims/role-lookup.js';
import type { LegacySettings } from './legacy-settings.interface.js';

/** Options of {@link legacyIssuer}. */
export interface LegacyIssuerOptions extends Pick<
  IssuerOptions,
  'audience' | 'rolesFormat' | 'rolePrefix' | 'tenant' | 'maxTokenLifetimeSeconds' | 'requiredClaims' | 'refuse'
> {
  /** `iss` of the old tokens; any string. With `withoutIss`: the name of the old service in principals, logs and revocations. */
  readonly issuer: string;
  /** Accepts only tokens without `iss`. At most one issuer of an application can have this. Default: false. */
  readonly withoutIss?: boolean;
  /** The shared secret, at least 32 bytes, or the public key as PEM. */
  readonly key: string | Buffer | KeyObject;
  /** Accepts a secret of less than 32 bytes. An attacker can guess such a secret from one token, so the log warns daily. Default: false. */
  readonly allowShortSecret?: boolean;
  /** End of acceptance: a Date or an ISO 8601 string such as `2027-03-31T00:00:00Z`. */
  readonly acceptUntil: Date | string;
  /**
   * Returns the subject that the new issuer uses for the same person; `undefined` refuses the token. Default: `sub`, a number as a string.
   * If the id is in another claim, write `{ ...legacyIssuer({ … }), subject: 'userId' }`.
   */
  readonly subject?: (claims: Claims) => string | undefined;
  /**
   * The claim with the roles, or a function that finds them elsewhere: `(claims, { subject, signal }) => users.rolesOf(claims.sub)`. The function
   * is called after the verification and may return a promise. `undefined` or `null` refuses the token (unknown user). If it throws, rejects
   * or exceeds `rolesTimeoutMs`, the request gets 503. Default: `roles`.
   */
  readonly roles?: RoleClaim | FindRoles;
  /** Time limit for the function `roles`, in milliseconds, 10 to 60000. Default: 2000. */
  readonly rolesTimeoutMs?: number;
  /**
   * Time for which the result of the function is used with the same token, in seconds, 0 to 86400. 0 calls the function for each request. Needs
   * `verifiedTokens`. Default: 60.
   */
  readonly rolesMaxAgeSeconds?: number;
  /** Returns the new name of a role, or `undefined` to drop the role. Default: the name is unchanged. */
  readonly role?: (name: string) => string | undefined;
}

/** Settings that `legacyIssuer()` has made and checked. */
const MADE = new WeakSet<object>();

/** Shortest shared secret, in bytes: the length of the hash (RFC 7518 section 3.2). */
const MIN_SECRET_BYTES = 32;

/**
 * Accepts tokens of an application's old login until `acceptUntil`, while clients move to an identity provider:
 * `issuers: [auth0({ … }), legacyIssuer({ … })]`. `authz.diagnostics()` counts the tokens of each issuer, and the log warns from 30 days before
 * the date. Only this function accepts a shared secret (HS256), and only for these tokens. The module's `profile` does not apply to them.
 *
 * @example
 * legacyIssuer({
 *   issuer: 'users-service',
 *   withoutIss: true,
 *   key: process.env.OLD_JWT_SECRET,
 *   audience: null,
 *   acceptUntil: '2027-03-31T00:00:00Z',
 *   roles: (claims) => users.rolesOf(claims.sub),
 * })
 */
export function legacyIssuer(options: LegacyIssuerOptions): IssuerOptions {
  const example = '{ issuer, key, acceptUntil }';
  const given = readOptions(options, { place: PLACE, members: MEMBERS, example, isSecret: true });
  const { key, allowShortSecret, acceptUntil, withoutIss, role, roles, rolesTimeoutMs, rolesMaxAgeSeconds, ...rest } = given;
  optional(rest.subject, (value) => syncFunctionOption(value, at('subject')));
  const legacy: LegacySettings = Object.freeze({
    ...keySettings(key, flagOption(allowShortSecret, at('allowShortSecret'))),
    acceptUntil: dateOption(acceptUntil, at('acceptUntil')),
    withoutIss: flagOption(withoutIss, at('withoutIss')),
    role: optional(role as LegacySettings['role'], (value) => syncFunctionOption(value, at('role'))),
    lookup: lookup(roles, { rolesTimeoutMs, rolesMaxAgeSeconds, rolesFormat: rest.rolesFormat }),
  });
  MADE.add(legacy);
  const inToken = typeof roles !== 'function' && roles !== undefined && { roles };
  // The issuer's other options are checked with those of every issuer.
  return { profile: 'generic', ...rest, ...inToken, legacy } as unknown as IssuerOptions;
}

const PLACE = 'legacyIssuer()';
const MEMBERS = membersOf<LegacyIssuerOptions>()([
  'issuer',
  'withoutIss',
  'key',
  'allowShortSecret',
  'acceptUntil',
  'audience',
  'maxTokenLifetimeSeconds',
  'subject',
  'roles',
  'rolesFormat',
  'rolePrefix',
  'rolesTimeoutMs',
  'rolesMaxAgeSeconds',
  'role',
  'tenant',
  'requiredClaims',
  'refuse',
]);

/** Returns the name of an option of {@link legacyIssuer} in messages. */
function at(name: keyof LegacyIssuerOptions): string {
  return memberPath(PLACE, name);
}

type RolesOption = 'rolesTimeoutMs' | 'rolesMaxAgeSeconds' | 'rolesFormat';

function lookup(roles: unknown, given: Record<RolesOption, unknown>): RoleLookupSettings | undefined {
  if (typeof roles !== 'function') {
    refuseUnused(['rolesTimeoutMs', 'rolesMaxAgeSeconds'], given, 'not a function');
    return undefined;
  }
  refuseUnused(['rolesFormat'], given, 'a function');
  const bounded = (name: RolesOption, rule: Omit<NumberRule, 'option'>) =>
    numberOption(given[name], { option: at(name), ...rule });
  return Object.freeze({
    find: roles as FindRoles,
    timeoutMs: bounded('rolesTimeoutMs', { unit: 'milliseconds', min: 10, max: 60_000, default: 2000 }),
    maxAgeSeconds: bounded('rolesMaxAgeSeconds', { unit: 'seconds', min: 0, max: 86_400, default: 60 }),
  });
}

function refuseUnused(names: readonly RolesOption[], given: Record<RolesOption, unknown>, what: string): void {
  const unused = names.find((name) => given[name] !== undefined);
  if (unused === undefined) return;
  throw new AuthzConfigError('AUTHZ_OPTION_CONFLICT', `"${at(unused)}" has no effect if "roles" is ${what}. Leave it out.`);
}

/**
 * Accepts only settings made by `legacyIssuer()`: others could have an empty secret or no date. The message does not show the value, which may
 * hold the secret.
 * @throws AuthzConfigError
 */
export function legacySettings(value: unknown, option: string): LegacySettings {
  if (MADE.has(value as object)) return value as LegacySettings;
  throw new AuthzConfigError(
    'AUTHZ_LEGACY',
    `"${option}" must be the object that legacyIssuer() made, got another object or a copy. Call legacyIssuer({ issuer, key, acceptUntil }).`,
  );
}

function keySettings(key: unknown, allowShortSecret: boolean): Pick<LegacySettings, 'key' | 'algorithms' | 'hasShortSecret'> {
  const imported = importKey(key);
  if (imported.type === 'secret')
    return { key: imported, algorithms: ['HS256'], hasShortSecret: isShort(imported, allowShortSecret) };
  const algorithms = [...algorithmsOf(imported, undefined)];
  if (imported.type === 'public' && algorithms.length > 0) return { key: imported, algorithms, hasShortSecret: false };
  throw refused(`a ${imported.type} key for which there is no accepted algorithm`);
}

function isShort({ symmetricKeySize: bytes = 0 }: KeyObject, isAllowed: boolean): boolean {
  if (bytes >= MIN_SECRET_BYTES) return false;
  if (isAllowed && bytes > 0) return true;
  const remedy = bytes === 0 ? '' : '. If the old service cannot change it, write allowShortSecret: true beside it';
  throw refused(`a secret of less than ${MIN_SECRET_BYTES} bytes${remedy}`);
}

function importKey(key: unknown): KeyObject {
  if (key instanceof KeyObject) return key;
  if (typeof key !== 'string' && !Buffer.isBuffer(key)) throw refused(kindOf(key));
  if (key.includes('-----BEGIN')) return importPem(key);
  if (isEncodedKey(key)) throw refused('a public key or certificate without its PEM frame');
  return createSecretKey(Buffer.from(key));
}

function importPem(pem: string | Buffer): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw refused('a PEM that cannot be read');
  }
}

/** Matches the beginning of an encoded key without PEM: JSON, JSON in base64, base64 of a key or certificate, SSH. */
const ENCODED_KEY = /^\s*([{[]|eyJ|MI[IG]|ssh-|ecdsa-sha2-|---- BEGIN)/;

/** Whether the value is an encoded key. A public key must not be used as a shared secret, since anyone may know it. */
function isEncodedKey(key: string | Buffer): boolean {
  const text = key.toString();
  return ENCODED_KEY.test(text) || [Buffer.from(key), Buffer.from(text, 'base64')].some(isDerSequence);
}

/** Whether the bytes are one DER SEQUENCE (X.690 sections 8.1.3 and 8.9), like keys and certificates. */
function isDerSequence([tag, size = 0, ...rest]: Buffer): boolean {
  const sizeBytes = size < 0x80 ? 0 : size - 0x80;
  const length = rest.slice(0, sizeBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  return tag === 0x30 && rest.length === sizeBytes + (sizeBytes === 0 ? size : length);
}

function refused(given: string): AuthzConfigError {
  const must = `the shared secret (at least ${MIN_SECRET_BYTES} bytes) or a public key as PEM`;
  return wrongValue('AUTHZ_KEY', at('key'), must, given);
}
