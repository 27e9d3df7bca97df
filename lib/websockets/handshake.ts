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
  /** What a client of socket.io sent beside the request. */
  readonly auth: unknown;
}

/** @param request The request to upgrade, or that opened a session of socket.io. Adapters of other servers may have none. */
export function handshakeOf(request: unknown, auth?: unknown): Handshake {
  const { rawHeaders = [], url = '/', socket } = (isRecord(request) ? request : {}) as Partial<IncomingMessage>;
  return { rawHeaders, url, socket, auth };
}

/**
 * Reads the access token of a handshake: from the Authorization header, from `auth.token` of socket.io, from a subprotocol `bearer.<token>`,
 * and from the query parameter if one is named. A token in two places is ambiguous.
 */
export function handshakeCredentials(handshake: Handshake, queryParameter: string | undefined, dpop: boolean): Credentials {
  const inHeader = credentials(handshake.rawHeaders, dpop);
  const tokens = [
    ...authTokens(handshake.auth),
    ...bearerProtocols(headerValues(handshake.rawHeaders, 'sec-websocket-protocol')),
    ...queryTokens(handshake.url, queryParameter),
  ];
  const [token, ...others] = tokens;
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
