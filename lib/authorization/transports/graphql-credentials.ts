import { credentials, headerValues, type Credentials, type RequestFacts } from '../../authentication/index.js';
import type { GraphqlSource } from './graphql-carrier.js';
import { rawHeadersOf, requestFacts } from './http-request.js';

/** What stands for the Authorization header in the payload of `connection_init`. */
const PARAMS = ['authorization', 'Authorization'];

/** No token, but no silence either. */
const GARBAGE = 'Bearer';

/**
 * Reads the token from the Authorization header of the request; of a connection also from the payload of its `connection_init`, since
 * browsers cannot set a header for a WebSocket. Both at once are one too many.
 */
export function graphqlCredentials(source: GraphqlSource, dpop: boolean): Credentials {
  const headers = rawHeadersOf(source.request);
  if (source.connection === undefined) return credentials(headers, dpop);
  const values = PARAMS.map((name) => ownParam(source, name)).filter((value) => value !== undefined && value !== null);
  if (values.length === 0) return credentials(headers, dpop);
  const texts = values.map((value) => (typeof value === 'string' ? value : GARBAGE));
  return credentials([...headers, ...texts.flatMap((text) => ['authorization', text])], dpop);
}

/** A header of the request, or what the payload of `connection_init` has under its name. @param name In lower case. */
export function graphqlHeader(source: GraphqlSource, name: string): string | undefined {
  const [value] = headerValues(rawHeadersOf(source.request), name);
  return value ?? textParam(source, name);
}

/** A connection proves possession of its token for the request that opened it; a browser sends the proof as `dpop` of `connection_init`. */
export function graphqlFacts(source: GraphqlSource): RequestFacts {
  const { request } = source;
  const facts = requestFacts(request);
  if (source.connection === undefined) return facts;
  const proof = textParam(source, 'dpop');
  // The types of frameworks promise a path that Node's own request has under another name.
  const { originalUrl } = request as Partial<typeof request>;
  const path = originalUrl ?? request.url ?? '';
  return { ...facts, path, dpop: proof === undefined ? facts.dpop : [...facts.dpop, proof] };
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
