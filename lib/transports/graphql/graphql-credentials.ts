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

/** Names of the Authorization header in the payload of `connection_init`. */
const PARAMS = ['authorization', 'Authorization'];

/** A scheme without a token: refused as invalid, not treated as missing. */
const SCHEME_ONLY = 'Bearer';

/**
 * Reads the token of the request from the places in `tokenFrom`, and for a connection also from the payload of `connection_init`, since browsers
 * cannot set headers on a WebSocket. A token in both places is ambiguous.
 */
export function graphqlCredentials(source: GraphqlSource, dpop: boolean, sources: TokenSources = BY_DEFAULT): Credentials {
  if (source.connection === undefined) return sources.read(source.request, dpop);
  const request = asSent(source);
  const ofHandshake = sources.readHandshake(request, dpop);
  const values = PARAMS.map((name) => ownParam(source, name)).filter((value) => value !== undefined && value !== null);
  if (values.length === 0) return ofHandshake;
  const strings = values.map((value) => (typeof value === 'string' ? value : SCHEME_ONLY));
  const inPayload = credentials([...headerOf(request, 'authorization'), ...strings], dpop);
  return ofHandshake.kind === 'none' ? inPayload : { kind: 'ambiguous' };
}

/** Returns a header of the request or the member of that name in the payload of `connection_init`. @param name In lower case. */
export function graphqlHeader(source: GraphqlSource, name: string): string | undefined {
  const [value] = headerOf(asSent(source), name);
  return value ?? textParam(source, name);
}

/**
 * Returns the facts for proof of possession. The proof of a connection is for the request that opened it; browsers send it as `dpop` in
 * `connection_init`.
 */
export function graphqlFacts(source: GraphqlSource): RequestFacts {
  if (source.connection === undefined) return requestFacts(source.request);
  const request = asSent(source);
  const facts = requestFacts(request);
  const proof = textParam(source, 'dpop');
  // Framework types always have `originalUrl`, but a plain Node request has only `url`.
  const { originalUrl } = request as Partial<typeof request>;
  const path = originalUrl ?? request.url ?? '';
  return { ...facts, path, dpop: proof === undefined ? facts.dpop : [...facts.dpop, proof] };
}

/**
 * Returns the request with the headers that the client sent. Mercurius adds the payload of `connection_init` to the headers of the opening request,
 * where a page could fake its `Origin`.
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
