import { AuthzConfigError, isRecord, refuseUnknownMembers, shown } from '../core/index.js';
import { identifierUrl } from './issuers/identifier-url.js';
import type { TokenSource } from './tokens/token-source.interface.js';

/** Metadata of this service for OAuth clients (RFC 9728, OAuth 2.0 Protected Resource Metadata). */
export interface ProtectedResourceOptions {
  /** The URL by which clients call this service, such as `https://api.acme.com/orders`; usually its `audience`. Without query and fragment. */
  readonly resource: string;
  /** URLs of the authorization servers that issue tokens for this service. Default: the issuers listed in the options. */
  readonly authorizationServers?: readonly string[];
  /** Scopes that a client may request. Default: none are listed. */
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
  /** The members under their names of the RFC, without empty ones. */
  readonly document: Readonly<Record<string, unknown>>;
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const MEMBERS = ['resource', 'authorizationServers', 'scopesSupported', 'resourceName', 'resourceDocumentation'];

/** Values of other options that the metadata contains. */
interface Surroundings {
  readonly issuers: readonly string[];
  readonly dpop: 'accepted' | 'required' | undefined;
  readonly tokenFrom: readonly TokenSource[];
}

/** Reads the option `protectedResource`. @throws AuthzConfigError that names the option. */
export function parseProtectedResource(value: unknown, given: Surroundings): ProtectedResource | undefined {
  if (value === undefined) return undefined;
  if (!isRecord(value))
    throw new AuthzConfigError(
      'AUTHZ_PROTECTED_RESOURCE',
      `"protectedResource" must be { resource: 'https://api.acme.com' }, got ${shown(value)}.`,
    );
  refuseUnknownMembers(value, MEMBERS, '"protectedResource"');
  for (const name of ['authorizationServers', 'scopesSupported']) requireTexts(value[name], name);
  for (const name of ['resourceName', 'resourceDocumentation']) requireText(value[name], name);
  const options = value as unknown as ProtectedResourceOptions;
  const { origin, pathname } = new URL(identifierUrl(options.resource, 'protectedResource.resource', false));
  const path = WELL_KNOWN + (pathname === '/' ? '' : pathname);
  return Object.freeze({
    resource: options.resource,
    path,
    url: `${origin}${path}`,
    document: metadata(options, given),
  });
}

function requireTexts(value: unknown, name: string): void {
  if (value === undefined || (Array.isArray(value) && value.every((entry) => typeof entry === 'string'))) return;
  throw new AuthzConfigError('AUTHZ_TEXTS', `"protectedResource.${name}" must be a list of texts, got ${shown(value)}.`);
}

function requireText(value: unknown, name: string): void {
  if (value === undefined || typeof value === 'string') return;
  throw new AuthzConfigError('AUTHZ_TEXT', `"protectedResource.${name}" must be a text, got ${shown(value)}.`);
}

function metadata(options: ProtectedResourceOptions, { issuers, dpop, tokenFrom }: Surroundings): Record<string, unknown> {
  const members = {
    resource: options.resource,
    authorization_servers: options.authorizationServers ?? issuers,
    scopes_supported: options.scopesSupported ?? [],
    bearer_methods_supported: bearerMethods(tokenFrom),
    resource_name: options.resourceName,
    resource_documentation: options.resourceDocumentation,
    dpop_bound_access_tokens_required: dpop === 'required' ? true : undefined,
  };
  return Object.fromEntries(
    Object.entries(members).filter(([, member]) => member !== undefined && !(Array.isArray(member) && member.length === 0)),
  );
}

/** The methods of RFC 6750 section 2. It has no names for other headers, cookies and other parameters. */
function bearerMethods(tokenFrom: readonly TokenSource[]): readonly string[] {
  const isQuery = (source: TokenSource) => typeof source === 'object' && 'query' in source && source.query === 'access_token';
  return [...(tokenFrom.includes('authorization') ? ['header'] : []), ...(tokenFrom.some(isQuery) ? ['query'] : [])];
}
