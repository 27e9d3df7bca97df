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

/** What a client sent to connect. */
export interface Handshake {
  /** The request to upgrade, or to open a session. */
  readonly request: TokenRequest;
  readonly socket: IncomingMessage['socket'] | undefined;
  /** What it sent as token in the way of its kind: by a subprotocol to ws, as `auth` to socket.io. */
  readonly tokens: readonly string[];
}

/** @param request The request to upgrade. Adapters of other servers may have none. */
export function wsHandshake(request: unknown): Handshake {
  const parts = partsOf(request);
  return { ...parts, tokens: bearerProtocols(headerOf(parts.request, 'sec-websocket-protocol')) };
}

/**
 * A subprotocol is not read: the server of socket.io cannot be told to leave a token out of its answer.
 * @param request The one that opened the session.
 * @param auth What the client sent beside it.
 */
export function ioHandshake(request: unknown, auth: unknown): Handshake {
  return { ...partsOf(request), tokens: authTokens(auth) };
}

function partsOf(request: unknown): Omit<Handshake, 'tokens'> {
  const given: Partial<IncomingMessage> = isRecord(request) ? request : {};
  return { request: given, socket: given.socket };
}

/**
 * Reads the access token of a handshake: from where `tokenFrom` says, on ws from a subprotocol `bearer.<token>`, on socket.io from `auth.token`,
 * and from the query parameter if one is named. A token in two places is ambiguous.
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

/** `null` is what a page finds that has stored no token; any other thing that is no text is a token that is wrong. */
function authTokens(auth: unknown): readonly string[] {
  const token = isRecord(auth) && Object.hasOwn(auth, 'token') ? auth['token'] : undefined;
  if (token === undefined || token === null) return [];
  return [typeof token === 'string' ? token : ''];
}
