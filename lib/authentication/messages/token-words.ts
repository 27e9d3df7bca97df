import type { FindingOf, MalformedToken } from '../findings.js';
import type { FindingWords } from './finding-words.interface.js';

const MALFORMED: Readonly<Record<MalformedToken, string>> = {
  empty: 'an empty string',
  word: 'a word such as "undefined" or "null"',
  too_long: '',
  blanks: 'a string with spaces, quotes or commas in it',
  parts: '',
  unsigned: 'a string of three parts whose signature is empty',
  header_or_signature: 'a string of three parts whose header or signature cannot be read',
  payload: 'a string of three parts whose payload is no JSON object',
};

/** Why a string cannot be read as a JWT. */
export function tokenWords({ fault, length, maxLength, parts }: FindingOf<'token'>): Partial<FindingWords> {
  const expected = 'a signed JWT of three parts';
  if (fault === 'too_long')
    return {
      came: `a token of ${length} characters`,
      expected: `at most ${maxLength}`,
      remedy: 'Write fewer claims into the token, or raise "maxTokenBytes".',
    };
  if (fault === 'parts')
    return { came: `a string of ${length} characters in ${partsName(parts)}`, expected, remedy: partsRemedy(parts) };
  const remedy = {
    empty: 'The client sends the header before it has a token.',
    word: 'The client sends the header before it has a token.',
    blanks: 'The client adds quotes, a second "Bearer" or a line break to the token.',
    unsigned:
      'The token is not signed (alg "none"), or its signature was cut off. Have the client send the token as the issuer made it.',
    header_or_signature: 'The token was cut off or changed, or its header has "crit", "b64" or an unusual "kid".',
    payload: 'The token was cut off or changed.',
  }[fault];
  return { came: MALFORMED[fault], expected, remedy };
}

function partsName(parts: number): string {
  return parts === 1 ? 'one part' : `${parts} parts`;
}

function partsRemedy(parts: number): string {
  if (parts === 5)
    return 'It is encrypted (JWE). Auth0 makes one where the client asks for no "audience": have the client name this API.';
  if (parts === 1)
    return 'It is opaque: have the client request a token for this API (by audience, resource or scope), which is a JWT.';
  return 'The token was cut off, or is something else.';
}
