import { nearMiss, shown } from '../../core/index.js';
import type { FindingOf } from '../findings.js';
import type { FindingWords } from './finding-words.interface.js';
import { oneOf } from './one-of.js';

/** Limits of the search for a similar name, among the accepted names and in the token: any caller can cause one. */
const MAX_SEARCHED = 100;
const MAX_SEARCHED_FOR = 10;

/** The token names an issuer that is not trusted. */
export function issuerWords({ came, expected, isResolved }: FindingOf<'issuer'>): Partial<FindingWords> {
  const names = expected.length === 0 ? [] : [oneOf(expected)];
  const known = [...names, ...(isResolved ? ['one that "issuers.resolve" finds'] : [])].join(', or ');
  return {
    came: came === undefined ? 'iss: absent' : `iss ${shown(came)}`,
    expected: known,
    remedy:
      typeof came === 'string' ? issuerRemedy(came, expected) : 'A token without "iss" needs legacyIssuer({ withoutIss: true }).',
  };
}

/** Differences between names that a person overlooks, each with the function that removes it. */
const LOOKALIKES: readonly (readonly [difference: string, equal: (name: string) => string])[] = [
  ['a slash at the end', (name) => name.replace(/\/$/, '')],
  ['http and https', (name) => name.replace(/^https?:/i, '')],
  ['upper and lower case', (name) => name.toLowerCase()],
  ['spaces around it', (name) => name.trim()],
];

function issuerRemedy(came: string, issuers: readonly string[]): string {
  if (came.length > 2048) return '';
  const expected = issuers.slice(0, MAX_SEARCHED);
  for (const [difference, equal] of LOOKALIKES) {
    const meant = expected.find((name) => equal(name) === equal(came));
    if (meant !== undefined)
      return `It differs from ${shown(meant)} by ${difference} only. If it is your issuer, write issuer: ${shown(came)}, exactly as its tokens do.`;
  }
  const meant = lookalike(came, expected);
  if (meant !== undefined) return `Compare it with ${shown(meant)}: if it is your issuer, write it exactly as its tokens do.`;
  return 'The token comes from another issuer, tenant or environment, or this issuer is missing in the options.';
}

/** The token is for another audience. */
export function audienceWords({ came, expected }: FindingOf<'audience'>): Partial<FindingWords> {
  const names = [came].flat().filter((name): name is string => typeof name === 'string');
  const candidates = expected.slice(0, MAX_SEARCHED);
  const meant = names
    .slice(0, MAX_SEARCHED_FOR)
    .map((name) => lookalike(name, candidates))
    .find((name) => name !== undefined);
  return {
    came: came === undefined ? 'aud: absent' : `aud ${shown(came)}`,
    expected: oneOf(expected),
    remedy:
      meant === undefined
        ? 'Have the client request a token for this API. If tokens for this service name another audience, write that into "audience".'
        : `Compare it with ${shown(meant)}: an audience must match exactly.`,
  };
}

/** Returns the name that was most likely meant. */
export function lookalike(name: string, expected: readonly string[]): string | undefined {
  const plain = (text: string) => LOOKALIKES.reduce((rest, [, equal]) => equal(rest), text);
  return expected.find((other) => plain(other) === plain(name)) ?? nearMiss(name, expected);
}
