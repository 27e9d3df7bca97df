import {
  AuthzConfigError,
  claimPathKeys,
  isRecord,
  numberOption,
  refuseUnknownMembers,
  shown,
  type PrincipalClaims,
} from '../core/index.js';
import { DEFAULT_ALGORITHMS, parseAlgorithms, type Algorithm } from './algorithms.js';
import type { AuthenticationOptions } from './authentication-options.interface.js';

/** How the tokens of one issuer are checked: every option read, every default filled in. */
export interface IssuerSettings {
  readonly issuer: string;
  /** `undefined`: ask the discovery document. */
  readonly jwksUri: string | undefined;
  readonly allowHttp: boolean;
  /** `null`: any, by explicit choice. */
  readonly audience: readonly string[] | null;
  /** `undefined`: any client. */
  readonly clientIds: readonly string[] | undefined;
  readonly algorithms: readonly Algorithm[];
  readonly claims: PrincipalClaims;
  readonly requiredClaims: ReadonlyMap<string, string>;
  readonly clockToleranceSeconds: number;
}

/** Injection token of the {@link IssuerSettings} of the application. */
export const ISSUER_SETTINGS = Symbol('authz:issuer-settings');

const ISSUER_MEMBERS = [
  'issuer',
  'jwksUri',
  'audience',
  'clientIds',
  'algorithms',
  'roles',
  'tenant',
  'requiredClaims',
  'allowHttp',
];

/** Reads and checks the options of this room. @throws AuthzConfigError naming the option, what came and what to write. */
export function parseIssuerSettings(options: AuthenticationOptions): IssuerSettings {
  const given = issuerObject(options.issuer);
  return Object.freeze({
    ...locations(given, typeof options.issuer === 'string' ? 'issuer' : 'issuer.issuer'),
    audience: audience(given['audience'] === undefined ? options.audience : given['audience']),
    clientIds: optional(given['clientIds'], (value) => texts(value, 'issuer.clientIds', 'a list')),
    algorithms:
      parseAlgorithms(given['algorithms'], 'issuer.algorithms') ??
      parseAlgorithms(options.algorithms, 'algorithms') ??
      DEFAULT_ALGORITHMS,
    claims: {
      roles: claimPathKeys(given['roles'] ?? 'roles', 'issuer.roles'),
      tenant: optional(given['tenant'], (value) => claimPathKeys(value, 'issuer.tenant')),
    },
    requiredClaims: requiredClaims(given['requiredClaims']),
    clockToleranceSeconds: numberOption(options.clockToleranceSeconds, {
      option: 'clockToleranceSeconds',
      unit: 'seconds',
      min: 0,
      max: 300,
      default: 30,
    }),
  });
}

function issuerObject(value: unknown): Record<string, unknown> {
  const given = typeof value === 'string' ? { issuer: value } : value;
  if (!isRecord(given))
    throw new AuthzConfigError(
      'AUTHZ_ISSUER',
      `"issuer" must be the URL of the token issuer, { issuer, jwksUri, ... } or a preset such as auth0({ domain: 'acme.eu.auth0.com' }), got ${shown(value)}.`,
    );
  refuseUnknownMembers(given, ISSUER_MEMBERS, '"issuer"');
  return given;
}

function locations(given: Record<string, unknown>, option: string): Pick<IssuerSettings, 'issuer' | 'jwksUri' | 'allowHttp'> {
  const allowHttp = flag(given['allowHttp'], 'issuer.allowHttp');
  const jwksUri = optional(given['jwksUri'], (value) => httpUrl(value, 'issuer.jwksUri', allowHttp));
  // Without discovery the issuer is only a name to compare: it may be an http URL that nobody fetches.
  return { issuer: httpUrl(given['issuer'], option, allowHttp || jwksUri !== undefined), jwksUri, allowHttp };
}

function optional<T>(value: unknown, parse: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : parse(value);
}

/** Whether a URL may be fetched: https, or http on loopback or by explicit choice. */
export function isFetchable(url: URL, allowHttp: boolean): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && (allowHttp || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname));
}

function httpUrl(value: unknown, option: string, allowHttp: boolean): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const hasCredentials = url !== undefined && `${url.username}${url.password}` !== '';
  // By the text: the parser would drop blanks around it, which no token carries in `iss`.
  if (typeof value !== 'string' || url === undefined || !/^https?:\/\/\S+$/i.test(value) || hasCredentials)
    throw new AuthzConfigError(
      'AUTHZ_URL',
      `"${option}" must be an absolute https URL without credentials, got ${hasCredentials ? 'one with credentials' : shown(value)}.`,
    );
  if (!isFetchable(url, allowHttp))
    throw new AuthzConfigError(
      'AUTHZ_HTTP',
      `"${option}" is ${shown(value)}: keys fetched over http can be replaced on the way. Use https, or write allowHttp: true in the issuer's settings (http on loopback is allowed).`,
    );
  return value;
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

function texts(value: unknown, option: string, form: string): readonly string[] {
  if (Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === 'string' && text.trim() !== ''))
    return Object.freeze([...(value as string[])]);
  throw new AuthzConfigError('AUTHZ_TEXTS', `"${option}" must be ${form} of one or more texts, got ${shown(value)}.`);
}

function requiredClaims(value: unknown): ReadonlyMap<string, string> {
  if (value === undefined) return new Map();
  if (isRecord(value) && Object.values(value).every((text) => typeof text === 'string'))
    return new Map(Object.entries(value as Record<string, string>));
  throw new AuthzConfigError(
    'AUTHZ_REQUIRED_CLAIMS',
    `"issuer.requiredClaims" must be an object of claim names and texts such as { token_use: 'access' }, got ${shown(value)}.`,
  );
}

function flag(value: unknown, option: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw new AuthzConfigError('AUTHZ_FLAG', `"${option}" must be true or false, got ${shown(value)}.`);
}
