import {
  AuthzConfigError,
  choiceOption,
  isRecord,
  itemsOf,
  membersOf,
  numberOption,
  optional,
  peek,
  readOptions,
  shown,
} from '../core/index.js';
import { parseAlgorithms } from '../jws/index.js';
import type { AuthenticationOptions } from './authentication-options.interface.js';
import type { IssuerResolver } from './issuers/options/issuer-resolver.interface.js';
import { parseProfile, parseTokenLifetime, type IssuerDefaults } from './issuers/options/issuer-conditions.js';
import { parseIssuer, type IssuerSettings } from './issuers/options/issuer-settings.js';
import { apart } from './issuers/claims/role-prefixes.js';
import { parseProtectedResource, type ProtectedResource } from './protected-resource.js';
import { parseTokenSources } from './tokens/parse-token-sources.js';
import type { TokenSource } from './tokens/token-source.interface.js';

/** The option `issuers` if it is a resolver, checked and complete. */
export interface ResolverSettings {
  resolve(iss: string): Promise<IssuerSettings | undefined>;
  readonly refreshSeconds: number;
  readonly maxIssuers: number;
}

/** The options for authentication, checked and complete. */
export interface AuthenticationSettings {
  readonly issuers: readonly IssuerSettings[];
  readonly resolver: ResolverSettings | undefined;
  /** Limits for the tokens of every issuer. */
  readonly limits: Pick<IssuerDefaults, 'maxTokenLifetimeSeconds' | 'clockToleranceSeconds'>;
  readonly maxTokenBytes: number;
  readonly verifiedTokens: number;
  readonly tokenFrom: readonly TokenSource[];
  readonly dpop: 'accepted' | 'required' | undefined;
  readonly protectedResource: ProtectedResource | undefined;
}

/** Injection token of the {@link AuthenticationSettings} of the application. */
export const AUTHENTICATION_SETTINGS = Symbol('authz:authentication-settings');

/** Reads and checks the options for authentication. @throws AuthzConfigError that names the option, the value and what to write. */
export function parseAuthenticationSettings(options: AuthenticationOptions): AuthenticationSettings {
  const defaults = issuerDefaults(options);
  const { issuers, resolver } = parseIssuers(options, defaults);
  const tokenFrom = parseTokenSources(options.tokenFrom);
  const dpop = parseDpop(options, tokenFrom);
  return Object.freeze({
    issuers,
    resolver,
    dpop,
    tokenFrom,
    protectedResource: parseProtectedResource(options.protectedResource, {
      issuers: issuers.filter(isAuthorizationServer).map(({ issuer }) => issuer),
      dpop,
      tokenFrom,
    }),
    limits: { maxTokenLifetimeSeconds: defaults.maxTokenLifetimeSeconds, clockToleranceSeconds: defaults.clockToleranceSeconds },
    ...bounds(options),
  });
}

/** Whether the issuer belongs into the metadata of RFC 9728 section 2, which lists authorization servers by their URLs. */
function isAuthorizationServer({ issuer, legacy }: IssuerSettings): boolean {
  return legacy === undefined && /^https?:/i.test(issuer);
}

function bounds(options: AuthenticationOptions) {
  return {
    maxTokenBytes: numberOption(options.maxTokenBytes, {
      option: 'maxTokenBytes',
      unit: 'bytes',
      min: 256,
      max: 65_536,
      default: 16_384,
    }),
    verifiedTokens: numberOption(options.verifiedTokens, {
      option: 'verifiedTokens',
      unit: 'tokens',
      min: 0,
      max: 100_000,
      default: 1000,
    }),
  };
}

function issuerDefaults(options: AuthenticationOptions): IssuerDefaults {
  const seconds = (option: keyof AuthenticationOptions, min: number, max: number, byDefault: number) =>
    numberOption(options[option], { option, unit: 'seconds', min, max, default: byDefault });
  return {
    audience: options.audience,
    algorithms: parseAlgorithms(options.algorithms, 'algorithms'),
    profile: parseProfile(options.profile, 'profile') ?? 'generic',
    clockToleranceSeconds: seconds('clockToleranceSeconds', 0, 300, 30),
    maxTokenLifetimeSeconds: parseTokenLifetime(options.maxTokenLifetimeSeconds, 'maxTokenLifetimeSeconds'),
    maxRoles: numberOption(options.maxRoles, { option: 'maxRoles', unit: 'roles', min: 1, max: 10_000, default: 500 }),
    jwksMaxStaleSeconds: seconds('jwksMaxStaleSeconds', 60, 2_592_000, 86_400),
  };
}

function parseIssuers(
  options: AuthenticationOptions,
  defaults: IssuerDefaults,
): Pick<AuthenticationSettings, 'issuers' | 'resolver'> {
  const { issuer, issuers }: { readonly issuer?: unknown; readonly issuers?: unknown } = options; // callers without types can set both
  if (issuer !== undefined && issuers !== undefined)
    throw new AuthzConfigError('AUTHZ_OPTION_CONFLICT', '"issuer" names one issuer and "issuers" several. Write one of them.');
  if (issuers === undefined) return { issuers: [parseIssuer(issuer, 'issuer', defaults)], resolver: undefined };
  const list = itemsOf(issuers);
  if (list !== undefined) return { issuers: parseList(list, defaults), resolver: undefined };
  return { issuers: [], resolver: parseResolver(issuers, defaults) };
}

function parseList(list: readonly unknown[], defaults: IssuerDefaults): readonly IssuerSettings[] {
  const issuers = list.map((value, index) => parseIssuer(value, `issuers[${index}]`, defaults));
  if (issuers.length === 0)
    throw new AuthzConfigError(
      'AUTHZ_LIST',
      '"issuers" must be a list of one or more issuers such as [auth0({ domain })], got [].',
    );
  const names = issuers.map(({ issuer }) => issuer);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new AuthzConfigError('AUTHZ_ISSUER', `"issuers" names ${shown(twice)} twice. A token must lead to one of them.`);
  const nameless = issuers.filter(({ legacy }) => legacy?.withoutIss).map(({ issuer }) => shown(issuer));
  if (nameless.length < 2) return apart(issuers);
  throw new AuthzConfigError(
    'AUTHZ_ISSUER',
    `"issuers" has several with withoutIss: true (${nameless.join(', ')}). A token without "iss" must lead to one of them.`,
  );
}

const RESOLVER_MEMBERS = membersOf<IssuerResolver>()(['resolve', 'refreshSeconds', 'maxIssuers']);

function parseResolver(value: unknown, defaults: IssuerDefaults): ResolverSettings {
  if (!isRecord(value) || typeof peek(value, 'resolve') !== 'function')
    throw new AuthzConfigError('AUTHZ_ISSUER', `"issuers" must be a list of issuers or { resolve(iss) }, got ${shown(value)}.`);
  // Instances of classes may have other members.
  if (Object.getPrototypeOf(value) === Object.prototype)
    readOptions(value, { place: '"issuers"', members: RESOLVER_MEMBERS, example: '{ resolve(iss) }' });
  const resolver = value as unknown as IssuerResolver;
  return {
    resolve: async (iss) => resolved(await resolver.resolve(iss), iss, defaults),
    refreshSeconds: numberOption(resolver.refreshSeconds, {
      option: 'issuers.refreshSeconds',
      unit: 'seconds',
      min: 1,
      max: 86_400,
      default: 300,
    }),
    maxIssuers: numberOption(resolver.maxIssuers, {
      option: 'issuers.maxIssuers',
      unit: 'issuers',
      min: 1,
      max: 100_000,
      default: 1000,
    }),
  };
}

/** Rejects settings of an issuer other than `iss`: the tokens of one issuer would be accepted as tokens of the other. */
function resolved(found: unknown, iss: string, defaults: IssuerDefaults): IssuerSettings | undefined {
  if (found === undefined || found === null) return undefined;
  const settings = parseIssuer(found, 'issuers.resolve()', defaults);
  refuseLongerLife(settings, defaults);
  if (settings.legacy?.withoutIss === true)
    throw new AuthzConfigError(
      'AUTHZ_ISSUER',
      `"issuers.resolve()" must return the issuer that it was asked for (${shown(iss)}), got a legacyIssuer() with withoutIss: true, whose tokens name no issuer. Write that one into a list of issuers.`,
    );
  if (settings.issuer === iss) return settings;
  throw new AuthzConfigError(
    'AUTHZ_ISSUER',
    `"issuers.resolve()" must return the issuer that it was asked for (${shown(iss)}), got ${shown(settings.issuer)}.`,
  );
}

/** Rejects a token lifetime above the module's: rules are kept for the module's lifetime, since a resolver's issuers are unknown at start. */
function refuseLongerLife({ maxTokenLifetimeSeconds: own = Infinity }: IssuerSettings, defaults: IssuerDefaults): void {
  if (own <= (defaults.maxTokenLifetimeSeconds ?? Infinity)) return;
  throw new AuthzConfigError(
    'AUTHZ_TOKEN_LIFETIME',
    `"issuers.resolve().maxTokenLifetimeSeconds" must be at most the module's ${defaults.maxTokenLifetimeSeconds}, got ${own}. Raise the module's to the longest of all.`,
  );
}

function parseDpop(options: AuthenticationOptions, tokenFrom: readonly TokenSource[]): 'accepted' | 'required' | undefined {
  const dpop = optional<unknown, 'accepted' | 'required'>(options.dpop, (value) =>
    choiceOption(value, 'dpop', ['accepted', 'required']),
  );
  if (dpop === undefined) return undefined;
  if (!tokenFrom.some((source) => source === 'authorization' || (typeof source === 'object' && 'header' in source)))
    throw new AuthzConfigError(
      'AUTHZ_OPTION_CONFLICT',
      `"dpop" needs a header in "tokenFrom": the scheme DPoP stands in front of the token (RFC 9449 section 7.1). Write tokenFrom: ['authorization', ...].`,
    );
  if (options.protectedResource !== undefined) return dpop;
  throw new AuthzConfigError(
    'AUTHZ_OPTION_MISSING',
    `"dpop" needs "protectedResource": a proof names the URL that was called, which a request's Host header cannot be trusted to name. Write protectedResource: { resource: 'https://orders.acme.com' }.`,
  );
}
