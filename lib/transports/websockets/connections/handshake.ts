import type { IncomingMessage } from 'node:http';
import {
  BY_DEFAULT,
  headerOf,
  queryValues,
  type Credentials,
  type TokenRequest,
  type TokenSources,
} from '../../../authentication/index.js';
import { isRecord } from '../../../core/index.js';
import { bearerProtocols } from './bearer-protocol.js';

/** The handshake of a connection. */
export interface Handshake {
  /** The upgrade request, or the request that opened the socket.io session. */
  readonly request: TokenRequest;
  readonly socket: IncomingMessage['socket'] | undefined;
  /** Tokens outside the request's headers and URL: in a subprotocol on ws, in `auth` on socket.io. */
  readonly tokens: readonly string[];
}

/** Reads the handshake of a ws client. @param request The upgrade request; `undefined` with adapters of other servers. */
export function wsHandshake(request: unknown): Handshake {
  const parts = partsOf(request);
  return { ...parts, tokens: bearerProtocols(headerOf(parts.request, 'sec-websocket-protocol')) };
}

/**
 * Reads the handshake of a socket.io client. Subprotocols are not read: a socket.io server cannot be stopped from repeating a token in its response.
 * @param request The request that opened the session.
 * @param auth The `auth` object of the client.
 */
export function ioHandshake(request: unknown, auth: unknown): Handshake {
  return { ...partsOf(request), tokens: authTokens(auth) };
}

function partsOf(request: unknown): Omit<Handshake, 'tokens'> {
  const given: Partial<IncomingMessage> = isRecord(request) ? request : {};
  return { request: given, socket: given.socket };
}

/**
 * Reads the access token of a handshake: from the places in `tokenFrom`, on ws from a subprotocol `bearer.<token>`, on socket.io from `auth.token`,
 * and from the query parameter if one is configured. A token in two places is ambiguous.
 */
export function handshakeCredentials(
  { request, tokens }: Handshake,
  queryParameter: string | undefined,
  dpop: boolean,
  sources: TokenSources = BY_DEFAULT,
): Credentials {
  const inRequest = sources.readHandshake(request, dpop);
  const inQuery = queryParameter === undefined ? [] : queryValues(request, queryParameter);
  const [token, ...others] = [...tokens, ...inQuery];
  if (token === undefined) return inRequest;
  if (others.length > 0 || inRequest.kind !== 'none') return { kind: 'ambiguous' };
  return { kind: 'token', token, scheme: 'bearer' };
}

/** Pages without a stored token send `null`. Any other value that is not a string is an invalid token. */
function authTokens(auth: unknown): readonly string[] {
  const token = isRecord(auth) && Object.hasOwn(auth, 'token') ? auth['token'] : undefined;
  if (token === undefined || token === null) return [];
  return [typeof token === 'string' ? token : ''];
}
