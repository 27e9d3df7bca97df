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
} from '../../core/index.js';
import { algorithmsOf } from '../../jws/index.js';
import { syncFunctionOption } from './function-option.js';
import type { Claims, IssuerOptions, RoleClaim } from './issuer-options.interface.js';
import type { FindRoles, RoleLookupSettings } from './role-lookup.js';

/** What is special about the old service's tokens. */
export interface LegacySettings {
  readonly key: KeyObject;
  /** Whether the secret is shorter than RFC 7518 asks for, by explicit choice. */
  readonly hasShortSecret: boolean;
  readonly algorithms: readonly string[];
  /** Whether its tokens carry no `iss`. Those that carry one are then not its own. */
  readonly withoutIss: boolean;
  /** When they are no longer accepted, in milliseconds since 1970. */
  readonly acceptUntil: number;
  /** Translates one role; `undefined` drops it. */
  readonly role: ((name: string) => string | undefined) | undefined;
  /** Finds the roles outside the token. `undefined`: they are in it. */
  readonly lookup: RoleLookupSettings | undefined;
}

/** Options of {@link legacyIssuer}. */
export interface LegacyIssuerOptions extends Pick<
  IssuerOptions,
  'audience' | 'rolesFormat' | 'rolePrefix' | 'tenant' | 'maxTokenLifetimeSeconds' | 'requiredClaims' | 'refuse'
> {
  /** What the old tokens carry in `iss`; any string. With `withoutIss` the name of the old service in principals, logs and revocations. */
  readonly issuer: string;
  /** Accepts tokens that carry no `iss`, and only those. One issuer of an application can have this. Default: false. */
  readonly withoutIss?: boolean;
  /** The shared secret, at least 32 bytes, or the public key as PEM. */
  readonly key: string | Buffer | KeyObject;
  /** Accepts a secret of less than 32 bytes, which a caller can guess from one token. The log warns each day. Default: false. */
  readonly allowShortSecret?: boolean;
  /** When to stop: a Date or an ISO 8601 string such as `2027-03-31T00:00:00Z`. */
  readonly acceptUntil: Date | string;
  /**
   * Gives the subject that the new issuer uses for the same person; `undefined` refuses the token. Default: `sub` as it is, a number as a string.
   * Where the id is in another claim, name it beside: `{ ...legacyIssuer({ … }), subject: 'userId' }`.
   */
  readonly subject?: (claims: Claims) => string | undefined;
  /**
   * Where the roles are in the token, or a function that finds them elsewhere: `(claims, { subject, signal }) => users.rolesOf(claims.sub)`. It is
   * called once the token is verified and may return a promise. `undefined` or `null` refuses the token (there is no such user); a throw, a rejection
   * or no answer in time is answered 503. Default: `roles`.
   */
  readonly roles?: RoleClaim | FindRoles;
  /** How long the function `roles` is awaited, in milliseconds, 10 to 60000. Default: 2000. */
  readonly rolesTimeoutMs?: number;
  /**
   * How long roles that the function found are used with the same token, in seconds, 0 to 86400. 0 asks for each request. Needs
   * `verifiedTokens`. Default: 60.
   */
  readonly rolesMaxAgeSeconds?: number;
  /** Gives the new name of a role, or `undefined` to drop it. Default: the name as it is. */
  readonly role?: (name: string) => string | undefined;
}

/** What `legacyIssuer()` made, and therefore checked. */
const MADE = new WeakSet<object>();

/** Least length of a shared secret, in bytes: that of the hash (RFC 7518 section 3.2). */
const MIN_SECRET_BYTES = 32;

/**
 * Accepts the tokens of the service that issued them before the move to an identity provider, beside the new issuer and until a stated
 * moment: `issuers: [auth0({ … }), legacyIssuer({ … })]`. Both are counted (`authz.diagnostics()`), and the log warns as the date comes near.
 * Only this function accepts a shared secret (HS256), and only for these tokens. The module's `profile` does not apply to them: no old token
 * follows RFC 9068.
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

/** Names an option of {@link legacyIssuer} as messages do. */
function at(name: keyof LegacyIssuerOptions): string {
  return memberPath(PLACE, name);
}

type RolesOption = 'rolesTimeoutMs' | 'rolesMaxAgeSeconds' | 'rolesFormat';

function lookup(roles: unknown, given: Record<RolesOption, unknown>): RoleLookupSettings | undefined {
  if (typeof roles !== 'function') {
    refuseUnused(['rolesTimeoutMs', 'rolesMaxAgeSeconds'], given, 'no function');
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
 * Accepts only what `legacyIssuer()` made: written by hand, an empty secret or a date that never comes would pass. The value is not shown, as
 * it may hold the secret.
 *
 * @param option The option as messages name it.
 * @throws AuthzConfigError
 */
export function legacySettings(value: unknown, option: string): LegacySettings {
  if (MADE.has(value as object)) return value as LegacySettings;
  throw new AuthzConfigError(
    'AUTHZ_LEGACY',
    `"${option}" must be what legacyIssuer() made, got something else or a copy. Call legacyIssuer({ issuer, key, acceptUntil }).`,
  );
}

function keySettings(key: unknown, allowShortSecret: boolean): Pick<LegacySettings, 'key' | 'algorithms' | 'hasShortSecret'> {
  const imported = importKey(key);
  if (imported.type === 'secret')
    return { key: imported, algorithms: ['HS256'], hasShortSecret: isShort(imported, allowShortSecret) };
  const algorithms = [...algorithmsOf(imported, undefined)];
  if (imported.type === 'public' && algorithms.length > 0) return { key: imported, algorithms, hasShortSecret: false };
  throw refused(`a ${imported.type} key that no accepted algorithm fits`);
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

/** How an encoded key that is no PEM begins: JSON, JSON in base64, base64 of a key or certificate, SSH. */
const ENCODED_KEY = /^\s*([{[]|eyJ|MI[IG]|ssh-|ecdsa-sha2-|---- BEGIN)/;

/** Whether it is an encoded key. Used as a shared secret, a public key would be one that anyone may know. */
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

function refused(given: string): AuthzConfigError {
  const must = `the shared secret (at least ${MIN_SECRET_BYTES} bytes) or a public key as PEM`;
  return wrongValue('AUTHZ_KEY', at('key'), must, given);
}
