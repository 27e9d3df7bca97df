import {
  AuthzConfigError,
  claimName,
  flagOption,
  formOf,
  isRecord,
  numberOption,
  refuseUnknownMembers,
  shown,
} from '../../core/index.js';
import { httpUrl, refuseDiscoveryUrl } from '../../network/http-client/index.js';
import { DEFAULT_ALGORITHMS, hasKeyFor, parseAlgorithms, type Algorithm } from '../../jws/index.js';
import type { VerificationOptions } from '../authentication-options.interface.js';
import { isJwkSet, type JwkSet } from '../keys/import-keys.js';
import { describeKeys } from '../keys/judge-keys.js';
import { parseKeyRequests, type KeyRequestOptions } from '../keys/key-requests.js';
import { functionOption } from './function-option.js';
import type { IssuerOptions, NamesFormat, TokenPermissionsOptions } from './issuer-options.interface.js';
import { legacySettings, type LegacySettings } from './legacy-issuer.js';
import { identifierUrl } from './identifier-url.js';
import { permissionsReader, type NamesReader } from './names-format.js';
import { claimPaths, roleReader, trustedClaimPath, type RoleReader } from './role-reader.js';
import { subjectReader, type SubjectReader } from './subject-reader.js';
import { tenantSettings, type TenantReader } from './tenant-reader.js';

/** The module's options that apply to every issuer. */
export interface IssuerDefaults {
  readonly audience: unknown;
  readonly algorithms: readonly Algorithm[] | undefined;
  readonly profile: 'generic' | 'rfc9068';
  readonly clockToleranceSeconds: number;
  readonly maxTokenLifetimeSeconds: number | undefined;
  readonly maxRoles: number;
  readonly jwksMaxStaleSeconds: number;
}

/** The options of one issuer, with every default filled in. */
export interface IssuerSettings extends Omit<IssuerDefaults, 'audience' | 'algorithms'> {
  readonly issuer: string;
  /** `undefined`: found by discovery. */
  readonly jwksUri: string | undefined;
  readonly jwks: JwkSet | undefined;
  readonly jwksFile: string | undefined;
  readonly keyRequests: KeyRequestOptions | undefined;
  readonly allowHttp: boolean;
  /** `null`: any audience. */
  readonly audience: readonly string[] | null;
  /** `undefined`: any client. */
  readonly clientIds: readonly (string | null)[] | undefined;
  readonly algorithms: readonly string[];
  /** `undefined`: `sub`. */
  readonly subject: SubjectReader | undefined;
  readonly readRoles: RoleReader;
  readonly roles: readonly (readonly string[])[];
  /** These paths, as messages show them. */
  readonly roleClaim: string;
  readonly rolesFormat: NamesFormat;
  readonly rolePrefix: string;
  /** Role prefixes of the other issuers: a token of this issuer with such a role is refused. */
  readonly reservedPrefixes?: readonly string[];
  readonly tenant: readonly string[] | undefined;
  /** `undefined`: the tenant is one identifier. */
  readonly readTenant: TenantReader | undefined;
  /** Whether a token without a tenant is refused. */
  readonly requiresTenant: true | undefined;
  readonly tokenPermissions:
    | {
        readonly claim: readonly string[];
        readonly combine: TokenPermissionsOptions['combine'];
        /** `undefined`: the usual format of the claim. */
        readonly read: NamesReader | undefined;
      }
    | undefined;
  readonly requiredClaims: ReadonlyMap<string, readonly string[]>;
  readonly refuse: IssuerOptions['refuse'];
  readonly tokenKind: 'access' | 'id';
  /** Settings of `legacyIssuer()`; `undefined` for other issuers. */
  readonly legacy: LegacySettings | undefined;
}

const MEMBERS: Record<keyof IssuerOptions, true> = {
  issuer: true,
  jwksUri: true,
  jwks: true,
  jwksFile: true,
  keyRequests: true,
  audience: true,
  clientIds: true,
  algorithms: true,
  profile: true,
  subject: true,
  maxTokenLifetimeSeconds: true,
  roles: true,
  rolesFormat: true,
  rolePrefix: true,
  tenant: true,
  tokenPermissions: true,
  requiredClaims: true,
  refuse: true,
  tokenKind: true,
  allowHttp: true,
  legacy: true,
};

/** Options that only the module has. A compile error here means that an interface gained or lost a member. */
const FOR_ALL_ISSUERS: Record<Exclude<keyof VerificationOptions, keyof IssuerOptions>, true> = {
  clockToleranceSeconds: true,
  maxTokenBytes: true,
  maxRoles: true,
  tokenFrom: true,
  jwksMaxStaleSeconds: true,
  verifiedTokens: true,
  dpop: true,
  protectedResource: true,
};
const MODULE_OPTIONS: ReadonlySet<string> = new Set(Object.keys(FOR_ALL_ISSUERS));

/** Every name that the options of an issuer may have. */
export const ISSUER_OPTION_NAMES: readonly string[] = Object.keys(MEMBERS);

/**
 * Reads and checks the options of one issuer.
 * @param value A URL, an object or a preset.
 * @param place The option's name in messages: `issuer`, `issuers[1]`.
 * @throws AuthzConfigError that names the option, the value and what to write.
 */
export function parseIssuer(value: unknown, place: string, defaults: IssuerDefaults): IssuerSettings {
  const given = issuerObject(value, place);
  const legacy = optional(given.legacy, legacySettings);
  if (legacy?.lookup !== undefined && given.roles !== undefined)
    throw new AuthzConfigError(
      'AUTHZ_LEGACY_ROLES',
      `"${place}.roles" has no effect where legacyIssuer({ roles }) is a function.`,
    );
  const location = locations(given, typeof value === 'string' ? place : `${place}.issuer`);
  const conditions = accepted(given, place, defaults);
  if (location.jwks !== undefined) refuseUselessKeys(location.jwks, conditions.algorithms);
  return Object.freeze({
    ...location,
    ...conditions,
    ...claimSettings(given, place),
    clockToleranceSeconds: defaults.clockToleranceSeconds,
    maxTokenLifetimeSeconds:
      parseTokenLifetime(given.maxTokenLifetimeSeconds, `${place}.maxTokenLifetimeSeconds`) ?? defaults.maxTokenLifetimeSeconds,
    maxRoles: defaults.maxRoles,
    jwksMaxStaleSeconds: defaults.jwksMaxStaleSeconds,
    legacy,
  });
}

/**
 * Whether both issuers get their keys from the same source in the same way. Functions are not compared: a resolver may create them for each
 * result, and the keys would be fetched each time.
 */
export function hasSameKeys(a: IssuerSettings, b: IssuerSettings): boolean {
  return (
    a.jwksUri === b.jwksUri &&
    a.jwksFile === b.jwksFile &&
    a.jwksMaxStaleSeconds === b.jwksMaxStaleSeconds &&
    JSON.stringify(a.keyRequests) === JSON.stringify(b.keyRequests) &&
    JSON.stringify(a.jwks) === JSON.stringify(b.jwks)
  );
}

/** Reads the option `profile`. @throws AuthzConfigError */
export function parseProfile(value: unknown, option: string): 'generic' | 'rfc9068' | undefined {
  return oneOf(value, ['generic', 'rfc9068'], option);
}

/** Reads the option `maxTokenLifetimeSeconds`. @throws AuthzConfigError */
export function parseTokenLifetime(value: unknown, option: string): number | undefined {
  if (value === undefined) return undefined;
  return numberOption(value, { option, unit: 'seconds', min: 1, max: 31_536_000, default: 0 });
}

function issuerObject(value: unknown, place: string): IssuerOptions {
  const given = typeof value === 'string' ? { issuer: value } : value;
  if (!isRecord(given))
    throw new AuthzConfigError(
      'AUTHZ_ISSUER',
      `"${place}" must be the URL of the token issuer, { issuer, jwksUri, ... } or a preset such as auth0({ domain: 'acme.eu.auth0.com' }), got ${shown(value)}.`,
    );
  refuseUnknownMembers(given, ISSUER_OPTION_NAMES, `"${place}"`, (name) =>
    MODULE_OPTIONS.has(name) ? `It is an option of the module: write it beside "${place.replace(/\[.*/, '')}".` : undefined,
  );
  return given as unknown as IssuerOptions;
}

function locations(given: IssuerOptions, option: string) {
  const allowHttp = flagOption(given.allowHttp, 'issuer.allowHttp');
  const jwksUri = optional(given.jwksUri, (value) => httpUrl(value, 'issuer.jwksUri', allowHttp));
  const jwks = optional(given.jwks, pinnedKeys);
  if (jwksUri !== undefined && jwks !== undefined)
    throw new AuthzConfigError('AUTHZ_JWKS', '"issuer.jwks" pins the keys and "issuer.jwksUri" fetches them. Write one of them.');
  const keyRequests = optional(given.keyRequests, parseKeyRequests);
  if (keyRequests !== undefined && (jwks !== undefined || given.legacy !== undefined))
    throw new AuthzConfigError(
      'AUTHZ_KEY_REQUESTS',
      '"issuer.keyRequests" says how keys are fetched, but those of this issuer are given. Remove one of them.',
    );
  const isFetched = jwksUri === undefined && jwks === undefined && given.legacy === undefined;
  refuseDiscoveryUrl(given.issuer, option);
  return {
    issuer: isFetched ? discoverableIssuer(given.issuer, option, allowHttp) : issuerName(given.issuer, option),
    jwksUri,
    jwks,
    jwksFile: optional(given.jwksFile, (value) => text(value, 'issuer.jwksFile')),
    keyRequests,
    allowHttp,
  };
}

/** Accepts the URL of an issuer whose discovery document is fetched. */
function discoverableIssuer(value: unknown, option: string, allowHttp: boolean): string {
  if (typeof value !== 'string' || value === '' || /^https?:/i.test(value)) return identifierUrl(value, option, allowHttp);
  throw new AuthzConfigError(
    'AUTHZ_URL',
    `"${option}" must be an absolute https URL, where its keys can be discovered, or any name with "jwksUri" or "jwks" beside it, got ${shown(value)}.`,
  );
}

/** Accepts the name of an issuer whose discovery document is not fetched: a URL, `http:` included, or a name such as `acme.com` or `urn:acme:id`. */
function issuerName(value: unknown, option: string): string {
  return typeof value === 'string' && /^https?:/i.test(value) ? identifierUrl(value, option, true) : text(value, option);
}

function accepted(given: IssuerOptions, place: string, defaults: IssuerDefaults) {
  return {
    audience: audience(given.audience === undefined ? defaults.audience : given.audience),
    clientIds: optional(given.clientIds, clientIds),
    algorithms:
      given.legacy?.algorithms ??
      parseAlgorithms(given.algorithms, `${place}.algorithms`) ??
      defaults.algorithms ??
      DEFAULT_ALGORITHMS,
    profile: parseProfile(given.profile, `${place}.profile`) ?? defaults.profile,
    requiredClaims: requiredClaims(given.requiredClaims),
    refuse: optional(given.refuse, (value) => functionOption(value, 'issuer.refuse')),
    tokenKind: oneOf(given.tokenKind, ['access', 'id'], 'issuer.tokenKind') ?? 'access',
  } as const;
}

const NO_TENANT = { tenant: undefined, readTenant: undefined, requiresTenant: undefined };

function claimSettings(given: IssuerOptions, place: string) {
  const roles = claimPaths(given.roles ?? 'roles', 'issuer.roles');
  return {
    subject: optional(given.subject, (value) => subjectReader(value, `${place}.subject`)),
    readRoles: roleReader(given),
    roles,
    roleClaim: roles.map(claimName).join(' or '),
    rolesFormat: given.rolesFormat ?? 'array',
    rolePrefix: given.rolePrefix ?? '',
    ...(optional(given.tenant, (value) => tenantSettings(value, `${place}.tenant`)) ?? NO_TENANT),
    tokenPermissions: optional(given.tokenPermissions, tokenPermissions),
  } as const;
}

function clientIds(value: unknown): readonly (string | null)[] {
  const parse = (names: unknown) => texts(names, 'issuer.clientIds', 'a list');
  if (!Array.isArray(value) || !value.includes(null)) return parse(value);
  const names = value.filter((name) => name !== null);
  return Object.freeze(names.length === 0 ? [null] : [...parse(names), null]);
}

function pinnedKeys(value: unknown): JwkSet {
  if (isJwkSet(value) && value.keys.length > 0) return value;
  throw new AuthzConfigError(
    'AUTHZ_JWKS',
    `"issuer.jwks" must be a JWK Set { keys: [...] } with at least one key, got ${withoutContent(value)}.`,
  );
}

/** Describes a value without its content: in place of a key set, it may be a private key or a secret. */
function withoutContent(value: unknown): string {
  if (isRecord(value)) return `an object with ${Object.keys(value).map(shown).join(', ') || 'nothing in it'}`;
  return Array.isArray(value) && value.length === 0 ? '[]' : formOf(value);
}

/** Requires a pinned key for an accepted algorithm: without one, every token would be refused until the next release. */
function refuseUselessKeys({ keys }: JwkSet, algorithms: readonly string[]): void {
  if (hasKeyFor(keys, algorithms)) return;
  throw new AuthzConfigError(
    'AUTHZ_JWKS',
    `"issuer.jwks" holds no public key for "algorithms" (${algorithms.join(', ')}): ${describeKeys(keys)}. Pin the public keys that the issuer signs with, or add their algorithm.`,
  );
}

function tokenPermissions(value: unknown) {
  if (!isRecord(value))
    throw new AuthzConfigError(
      'AUTHZ_TOKEN_PERMISSIONS',
      `"issuer.tokenPermissions" must be { claim: 'permissions', combine: 'union' }, got ${shown(value)}.`,
    );
  refuseUnknownMembers(value, ['claim', 'combine', 'format'], '"issuer.tokenPermissions"');
  const combine = oneOf(value['combine'], ['union', 'intersect', 'only'], 'issuer.tokenPermissions.combine');
  if (combine === undefined)
    throw new AuthzConfigError(
      'AUTHZ_TOKEN_PERMISSIONS',
      `"issuer.tokenPermissions.combine" is missing. Write 'union', 'intersect' or 'only'.`,
    );
  return {
    claim: trustedClaimPath(value['claim'], 'issuer.tokenPermissions.claim'),
    combine,
    read: optional(value['format'], permissionsReader),
  };
}

function optional<V, T>(value: V | undefined, parse: (value: V) => T): T | undefined {
  return value === undefined ? undefined : parse(value);
}

function audience(value: unknown): readonly string[] | null {
  if (value === null) return null;
  if (value === undefined)
    throw new AuthzConfigError(
      'AUTHZ_AUDIENCE',
      `"audience" is missing. Write the identifier of this API at the token issuer, such as audience: 'https://orders.acme.com', or audience: null to accept tokens for any API.`,
    );
  return texts(typeof value === 'string' ? [value] : value, 'audience', 'a text or a list');
}

function text(value: unknown, option: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new AuthzConfigError('AUTHZ_TEXT', `"${option}" must be a text, got ${shown(value)}.`);
}

function texts(value: unknown, option: string, form: string): readonly string[] {
  if (Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'string' && entry.trim() !== ''))
    return Object.freeze([...(value as string[])]);
  throw new AuthzConfigError('AUTHZ_TEXTS', `"${option}" must be ${form} of one or more texts, got ${shown(value)}.`);
}

function requiredClaims(value: unknown): ReadonlyMap<string, readonly string[]> {
  if (value === undefined) return new Map();
  const claims = isRecord(value) ? Object.entries(value).map(([name, values]) => [name, [values].flat()] as const) : undefined;
  if (claims?.every(([, values]) => values.length > 0 && values.every((entry) => typeof entry === 'string')))
    return new Map(claims as [string, string[]][]);
  throw new AuthzConfigError(
    'AUTHZ_REQUIRED_CLAIMS',
    `"issuer.requiredClaims" must be an object of claim names and texts such as { token_use: 'access' }, got ${shown(value)}.`,
  );
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], option: string): T | undefined {
  if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
  throw new AuthzConfigError('AUTHZ_CHOICE', `"${option}" must be one of ${allowed.join(', ')}, got ${shown(value)}.`);
}
