import { itemsOf, membersOf, optional, readOptions, shown, stringOption, wrongValue } from '../core/index.js';
import { identifierUrl } from './issuers/options/identifier-url.js';
import type { TokenSource } from './tokens/token-source.interface.js';

/** Metadata of this service for OAuth clients (RFC 9728, OAuth 2.0 Protected Resource Metadata). */
export interface ProtectedResourceOptions {
  /** The URL with which clients call this service, such as `https://api.acme.com/orders`; usually its `audience`. Without query and fragment. */
  readonly resource: string;
  /** URLs of the authorization servers that issue tokens for this service. Default: the issuers listed in the options. */
  readonly authorizationServers?: readonly string[];
  /** Scopes that a client may request. Default: none. */
  readonly scopesSupported?: readonly string[];
  /** Name of the service for display to end users. Default: none. */
  readonly resourceName?: string;
  /** URL of a page for developers. Default: none. */
  readonly resourceDocumentation?: string;
}

/** The metadata document and its URL. */
export interface ProtectedResource {
  readonly resource: string;
  /** Path of the document on this service: `/.well-known/oauth-protected-resource` before the resource's own path (section 3.1). */
  readonly path: string;
  /** Full URL of the document, for challenges (section 5.1). From configuration, never from a request's Host. */
  readonly url: string;
  /** The members by their names in the RFC, without empty members. */
  readonly document: Readonly<Record<string, unknown>>;
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const MEMBERS = membersOf<ProtectedResourceOptions>()([
  'resource',
  'authorizationServers',
  'scopesSupported',
  'resourceName',
  'resourceDocumentation',
]);

/** Values of other options that the metadata contains. */
interface Surroundings {
  readonly issuers: readonly string[];
  readonly dpop: 'accepted' | 'required' | undefined;
  readonly tokenFrom: readonly TokenSource[];
}

/** Reads and checks the option `protectedResource`. @throws AuthzConfigError */
export function parseProtectedResource(value: unknown, surroundings: Surroundings): ProtectedResource | undefined {
  if (value === undefined) return undefined;
  const example = "{ resource: 'https://api.acme.com' }";
  const given = readOptions(value, { place: '"protectedResource"', members: MEMBERS, example });
  const strings = (name: 'authorizationServers' | 'scopesSupported') =>
    optional(given[name], (list) => stringList(list, `protectedResource.${name}`));
  const string = (name: 'resourceName' | 'resourceDocumentation') =>
    optional(given[name], (text) => stringOption(text, `protectedResource.${name}`, 'a string', () => true));
  const resource = identifierUrl(given.resource, 'protectedResource.resource', false);
  const { origin, pathname } = new URL(resource);
  const path = WELL_KNOWN + (pathname === '/' ? '' : pathname);
  const { issuers, dpop, tokenFrom } = surroundings;
  const document = withoutEmpty({
    resource,
    authorization_servers: strings('authorizationServers') ?? issuers,
    scopes_supported: strings('scopesSupported') ?? [],
    bearer_methods_supported: bearerMethods(tokenFrom),
    resource_name: string('resourceName'),
    resource_documentation: string('resourceDocumentation'),
    dpop_bound_access_tokens_required: dpop === 'required' ? true : undefined,
  });
  return Object.freeze({ resource, path, url: `${origin}${path}`, document });
}

function stringList(value: unknown, option: string): readonly string[] {
  const items = itemsOf(value);
  if (items?.every((item) => typeof item === 'string') === true) return Object.freeze(items);
  throw wrongValue('AUTHZ_LIST', option, 'a list of strings', shown(value));
}

function withoutEmpty(members: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = (member: unknown) => member === undefined || (Array.isArray(member) && member.length === 0);
  return Object.fromEntries(Object.entries(members).filter(([, member]) => !isEmpty(member)));
}

/** Lists the methods of RFC 6750 section 2. Clients do not know other methods, such as cookies. */
function bearerMethods(tokenFrom: readonly TokenSource[]): readonly string[] {
  const isQuery = (source: TokenSource) => typeof source === 'object' && 'query' in source && source.query === 'access_token';
  return [...(tokenFrom.includes('authorization') ? ['header'] : []), ...(tokenFrom.some(isQuery) ? ['query'] : [])];
}
