import type { JwsFault } from '../../jws/index.js';
import type { Finding, MalformedToken } from '../findings.js';

/** Describes why a string is no JWT, by its outer form alone. */
export function malformedToken(token: string, maxLength: number, fault: JwsFault): Extract<Finding, { readonly kind: 'token' }> {
  const isTooLong = token.length > maxLength;
  const parts = isTooLong ? 0 : token.split('.').length;
  return { kind: 'token', fault: isTooLong ? 'too_long' : kindOf(token, parts, fault), length: token.length, maxLength, parts };
}

/** What a client sends if the variable with the token has no value. */
const WORDS = ['undefined', 'null', '[object Object]', 'false', 'NaN'];

function kindOf(token: string, parts: number, fault: JwsFault): MalformedToken {
  if (token === '') return 'empty';
  if (WORDS.includes(token)) return 'word';
  if (/[\s"',;]/.test(token)) return 'blanks';
  if (parts !== 3) return 'parts';
  if (token.endsWith('.')) return 'unsigned';
  return fault === 'payload' ? 'payload' : 'header_or_signature';
}
