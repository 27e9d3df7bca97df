import type { IncomingMessage } from 'node:http';
import { credentials, headerValues, type Credentials } from '../authentication/index.js';
import { isRecord } from '../core/index.js';
import { bearerProtocols } from './bearer-protocol.js';

/** What a client sent to connect. */
export interface Handshake {
  /** Names and values of the headers in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly url: string;
  readonly socket: IncomingMessage['socket'] | undefined;
  /** What it sent as token in the way of its kind: by a subprotocol to ws, as `auth` to socket.io. */
  readonly tokens: readonly string[];
}

/** @param request The request to upgrade. Adapters of other servers may have none. */
export function wsHandshake(request: unknown): Handshake {
  const parts = partsOf(request);
  return { ...parts, tokens: bearerProtocols(headerValues(parts.rawHeaders, 'sec-websocket-protocol')) };
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
  const { rawHeaders = [], url = '/', socket } = (isRecord(request) ? request : {}) as Partial<IncomingMessage>;
  return { rawHeaders, url, socket };
}

/**
 * Reads the access token of a handshake: from the Authorization header, on ws from a subprotocol `bearer.<token>`, on socket.io from
 * `auth.token`, and from the query parameter if one is named. A token in two places is ambiguous.
 */
export function handshakeCredentials(handshake: Handshake, queryParameter: string | undefined, dpop: boolean): Credentials {
  const inHeader = credentials(handshake.rawHeaders, dpop);
  const [token, ...others] = [...handshake.tokens, ...queryTokens(handshake.url, queryParameter)];
  if (token === undefined) return inHeader;
  if (others.length > 0 || inHeader.kind !== 'none') return { kind: 'ambiguous' };
  return { kind: 'token', token, scheme: 'bearer' };
}

/** `null` is what a page finds that has stored no token; any other thing that is no text is a token that is wrong. */
function authTokens(auth: unknown): readonly string[] {
  const token = isRecord(auth) && Object.hasOwn(auth, 'token') ? auth['token'] : undefined;
  if (token === undefined || token === null) return [];
  return [typeof token === 'string' ? token : ''];
}

function queryTokens(url: string, name: string | undefined): readonly string[] {
  const start = url.indexOf('?');
  return name === undefined || start < 0 ? [] : new URLSearchParams(url.slice(start + 1)).getAll(name);
}
