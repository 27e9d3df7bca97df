import {
  BY_DEFAULT,
  credentials,
  headerOf,
  headerValues,
  type Credentials,
  type RequestFacts,
  type TokenSources,
} from '../../authentication/index.js';
import type { GraphqlRequest, GraphqlSource } from './graphql-carrier.js';
import { requestFacts } from '../http/index.js';

/** What stands for the Authorization header in the payload of `connection_init`. */
const PARAMS = ['authorization', 'Authorization'];

/** No token, but no silence either. */
const GARBAGE = 'Bearer';

/**
 * Reads the token of the request from where `tokenFrom` says; of a connection also from the payload of its `connection_init`, since browsers
 * cannot set a header for a WebSocket. Both at once are one too many.
 */
export function graphqlCredentials(source: GraphqlSource, dpop: boolean, sources: TokenSources = BY_DEFAULT): Credentials {
  if (source.connection === undefined) return sources.read(source.request, dpop);
  const request = asSent(source);
  const ofHandshake = sources.readHandshake(request, dpop);
  const values = PARAMS.map((name) => ownParam(source, name)).filter((value) => value !== undefined && value !== null);
  if (values.length === 0) return ofHandshake;
  const texts = values.map((value) => (typeof value === 'string' ? value : GARBAGE));
  const inPayload = credentials([...headerOf(request, 'authorization'), ...texts], dpop);
  return ofHandshake.kind === 'none' ? inPayload : { kind: 'ambiguous' };
}

/** A header of the request, or what the payload of `connection_init` has under its name. @param name In lower case. */
export function graphqlHeader(source: GraphqlSource, name: string): string | undefined {
  const [value] = headerOf(asSent(source), name);
  return value ?? textParam(source, name);
}

/** A connection proves possession of its token for the request that opened it; a browser sends the proof as `dpop` of `connection_init`. */
export function graphqlFacts(source: GraphqlSource): RequestFacts {
  if (source.connection === undefined) return requestFacts(source.request);
  const request = asSent(source);
  const facts = requestFacts(request);
  const proof = textParam(source, 'dpop');
  // The types of frameworks promise a path that Node's own request has under another name.
  const { originalUrl } = request as Partial<typeof request>;
  const path = originalUrl ?? request.url ?? '';
  return { ...facts, path, dpop: proof === undefined ? facts.dpop : [...facts.dpop, proof] };
}

/**
 * The request with the headers that came with it. Mercurius writes the payload of `connection_init` among those of the request that opened the
 * socket, where a page could say by it that it is of another site than it is.
 */
function asSent({ request, connection }: GraphqlSource): GraphqlRequest {
  if (connection === undefined || request.raw === undefined) return request;
  const { method, url, originalUrl, socket } = request;
  const { rawHeaders = [] } = request.raw;
  const names = new Set(rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
  const headers = Object.fromEntries([...names].map((name) => [name, headerValues(rawHeaders, name)[0]]));
  return { method, originalUrl, rawHeaders, headers, ...(url !== undefined && { url }), ...(socket && { socket }) };
}

function textParam(source: GraphqlSource, name: string): string | undefined {
  const value = ownParam(source, name);
  return typeof value === 'string' ? value : undefined;
}

function ownParam({ connection }: GraphqlSource, name: string): unknown {
  const params = connection?.params;
  if (typeof params !== 'object' || params === null || !Object.hasOwn(params, name)) return undefined;
  return (params as Readonly<Record<string, unknown>>)[name];
}
