import { AuthzConfigError, isRecord, refuseUnknownMembers, shown } from '../core/index.js';
import { identifierUrl } from './issuers/identifier-url.js';
import type { TokenSource } from './tokens/token-source.interface.js';

/** What this service is to OAuth clients (RFC 9728, OAuth 2.0 Protected Resource Metadata). */
export interface ProtectedResourceOptions {
  /** The URL by which clients know this service, such as `https://api.acme.com/orders`; usually its `audience`. Without query and fragment. */
  readonly resource: string;
  /** Authorization servers that issue tokens for it. Default: the issuers written in the options. */
  readonly authorizationServers?: readonly string[];
  /** Scopes that a client may ask for. */
  readonly scopesSupported?: readonly string[];
  /** For people. */
  readonly resourceName?: string;
  /** A page for developers. */
  readonly resourceDocumentation?: string;
}

/** The metadata document and where it is served. */
export interface ProtectedResource {
  readonly resource: string;
  /** Path of the document on this service: `/.well-known/oauth-protected-resource` before the resource's own path (section 3.1). */
  readonly path: string;
  /** Its full URL, as challenges name it (section 5.1). From configuration, never from a request's Host. */
  readonly url: string;
  /** Members as the RFC names them; empty ones left out. */
  readonly document: Readonly<Record<string, unknown>>;
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const MEMBERS = ['resource', 'authorizationServers', 'scopesSupported', 'resourceName', 'resourceDocumentation'];

/** What the metadata says that other options decide. */
interface Surroundings {
  readonly issuers: readonly string[];
  readonly dpop: 'accepted' | 'required' | undefined;
  readonly tokenFrom: readonly TokenSource[];
}

/** @throws AuthzConfigError naming the option. */
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

/** Of RFC 6750 section 2: other headers, cookies and other parameters are no methods that a client could know. */
function bearerMethods(tokenFrom: readonly TokenSource[]): readonly string[] {
  const isQuery = (source: TokenSource) => typeof source === 'object' && 'query' in source && source.query === 'access_token';
  return [...(tokenFrom.includes('authorization') ? ['header'] : []), ...(tokenFrom.some(isQuery) ? ['query'] : [])];
}
