import { isRecord } from '../../../core/index.js';

/** Message with a client's first or next token, on ws `{ "event": "authenticate", "data": { "token": "..." } }`. */
export const AUTHENTICATE = 'authenticate';
/** Message that confirms an accepted token. */
export const AUTHENTICATED = 'authenticated';

const WRITTEN = `"${AUTHENTICATE}"`;

/**
 * Returns the token of an `authenticate` frame on ws; `undefined` for any other message. Anything but a string becomes an empty token, which is
 * refused like any invalid token.
 * @param frame A string, or its bytes.
 */
export function tokenInFrame(frame: unknown, isBinary: unknown): string | undefined {
  const json = isBinary === true ? undefined : stringOf(frame);
  if (json?.includes(WRITTEN) !== true) return undefined;
  const message = parsed(json);
  if (!isRecord(message) || !Object.hasOwn(message, 'event') || message['event'] !== AUTHENTICATE) return undefined;
  return tokenInPayload(message['data']);
}

/** Returns the token in `{ token }`; an empty string if it is missing. */
export function tokenInPayload(payload: unknown): string {
  const token = isRecord(payload) && Object.hasOwn(payload, 'token') ? payload['token'] : undefined;
  return typeof token === 'string' ? token : '';
}

/** Searches the bytes before it decodes them, since most frames are other messages. */
function stringOf(frame: unknown): string | undefined {
  if (typeof frame === 'string') return frame;
  return Buffer.isBuffer(frame) && frame.includes(WRITTEN) ? frame.toString() : undefined;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
