import { isRecord } from '../../../core/index.js';

/** The message by which a client sends its first or its next token, on ws as `{ "event": "authenticate", "data": { "token": "..." } }`. */
export const AUTHENTICATE = 'authenticate';
/** By which it is answered. */
export const AUTHENTICATED = 'authenticated';

const WRITTEN = `"${AUTHENTICATE}"`;

/**
 * The token that a frame of ws brings; `undefined` for any other message. What is no token becomes an empty one, which is refused as any
 * other that is wrong.
 * @param frame Text, or its bytes.
 */
export function tokenInFrame(frame: unknown, isBinary: unknown): string | undefined {
  const text = isBinary === true ? undefined : textOf(frame);
  if (text?.includes(WRITTEN) !== true) return undefined;
  const message = parsed(text);
  if (!isRecord(message) || !Object.hasOwn(message, 'event') || message['event'] !== AUTHENTICATE) return undefined;
  return tokenInPayload(message['data']);
}

/** The token in `{ token }`; an empty one where there is none. */
export function tokenInPayload(payload: unknown): string {
  const token = isRecord(payload) && Object.hasOwn(payload, 'token') ? payload['token'] : undefined;
  return typeof token === 'string' ? token : '';
}

/** Most frames are something else: their bytes are searched before a text is made of them. */
function textOf(frame: unknown): string | undefined {
  if (typeof frame === 'string') return frame;
  return Buffer.isBuffer(frame) && frame.includes(WRITTEN) ? frame.toString() : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
