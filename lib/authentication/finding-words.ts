import { formOf, listed, nearMiss, shown } from '../core/index.js';
import type { Finding, MalformedToken, NamedKey } from './findings.js';
import { BINDINGS, PROOFS } from './proof/proof-words.js';

/** A finding for the operator of the service: phrases without a full stop, and what to do as sentences. Empty where there is nothing to say. */
export interface FindingWords {
  readonly came: string;
  readonly expected: string;
  readonly remedy: string;
}

type Of<K extends Finding['kind']> = Extract<Finding, { readonly kind: K }>;

/** Names a message lists before it counts the rest. */
const MAX_LISTED = 5;
/** Names among which a message searches the one that was meant, and names of a token for which it does: anybody can have a message made. */
const MAX_SEARCHED = 100;
const MAX_SEARCHED_FOR = 10;

/** Puts a finding into words. Values from tokens are escaped and shortened; no value is shown of a claim that only its form matters of. */
export function findingWords(finding: Finding): FindingWords {
  const words = WORDS[finding.kind] as (finding: Finding) => Partial<FindingWords>;
  return { came: '', expected: '', remedy: '', ...words(finding) };
}

/** The one table of what findings mean. */
const WORDS: { readonly [K in Finding['kind']]: (finding: Of<K>) => Partial<FindingWords> } = {
  credentials: ({ header }) => ({
    came: header === undefined ? 'no access token' : `an Authorization header with ${header}`,
    expected: 'Authorization: Bearer <access token>',
    remedy:
      header === undefined
        ? 'If the client sends one, a proxy may remove the header, or the token is where the option "tokenFrom" does not look.'
        : 'Have the client write "Bearer", a blank and the access token.',
  }),
  ambiguous: () => ({
    came: 'more than one access token',
    expected: 'one',
    remedy: 'The client or a proxy sends two Authorization headers, or a token in two of the places that "tokenFrom" names.',
  }),
  token: tokenWords,
  algorithm: ({ came, expected }) => ({
    came: `alg ${shown(came)}`,
    expected: expected.length === 0 ? 'a header with an "alg"' : oneOf(expected),
    remedy: isShared(came)
      ? 'The token is signed with a shared secret. Have the issuer sign with RS256 or ES256; tokens of your own old service need legacyIssuer().'
      : 'If the issuer is meant to sign with it, add it to "algorithms".',
  }),
  issuer: issuerWords,
  resolver: ({ came }) => ({
    came: `iss ${shown(came)}`,
    expected: 'an answer of the function "issuers.resolve"',
    remedy: 'The function failed, took too long or is asked for too many issuers at once. The log says which.',
  }),
  key: ({ kid, alg, held }) => ({
    came: `kid ${shown(kid)} with alg ${shown(alg)}`,
    expected: held.length === 0 ? 'a key of the issuer, of which none is held' : `one of ${listed(held, MAX_LISTED, keyName)}`,
    remedy:
      kid === undefined
        ? 'A token without "kid" is verified only if one key alone fits its "alg".'
        : 'The token is of another environment or instance, or the issuer does not publish the key yet. Unknown keys are asked for twice a minute at most.',
  }),
  keys: () => ({
    came: 'a token that no key is there for',
    expected: "the issuer's keys, which could not be fetched",
    remedy: 'The log says why the keys cannot be fetched. Check that this service reaches the issuer.',
  }),
  signature: ({ kid, alg, hasSharedSecret }) => ({
    came: `a signature with alg ${shown(alg)} that the ${hasSharedSecret ? 'secret' : `key ${shown(kid)}`} did not make`,
    expected: hasSharedSecret ? 'one made with the secret in "key"' : 'one made with that key',
    remedy: hasSharedSecret
      ? 'Compare the secret with that of the old service: a blank or line end at its end counts, and so does base64.'
      : 'The token was changed on its way, was forged, or is of another environment that uses the same "kid".',
  }),
  time: timeWords,
  lifetime: ({ seconds, maxSeconds }) => ({
    came: `a lifetime of ${seconds} seconds (exp - iat)`,
    expected: `at most ${maxSeconds}`,
    remedy: 'Have the issuer make shorter tokens, or raise "maxTokenLifetimeSeconds".',
  }),
  audience: audienceWords,
  client: ({ claim, came, expected }) => ({
    came: claim === undefined ? 'no claim that names the client' : `${claim} ${shown(came)}`,
    expected: oneOf(expected),
    remedy: 'If this client may call, add it to "clientIds" of the issuer (of a preset: its option for clients or parties).',
  }),
  claim: ({ claim, came, expected }) => ({
    came: `claim ${shown(claim)}: ${typeof expected === 'string' ? formOf(came).replace('nothing', 'absent') : shownOrAbsent(came)}`,
    expected: typeof expected === 'string' ? expected : oneOf(expected),
    remedy: claimRemedy(claim),
  }),
  unreadable: ({ claim: { claim, use, found, advice } }) => ({
    came: `claim ${shown(claim)}: ${found}`,
    expected: `a form in which the ${use} can be read`,
    remedy: advice,
  }),
  token_kind: ({ sign, came, expected }) => ({
    came: `${sign} ${sign === 'events' || /hash$|nonce/.test(sign) ? '(the claim is there)' : shownOrAbsent(came)}`,
    expected: expected === 'id' ? 'an ID token' : expected === 'access' ? 'an access token' : 'typ "at+jwt" or "JWT"',
    remedy:
      expected === 'id'
        ? 'Have the client send the ID token, or leave out "tokenKind".'
        : 'Have the client send the access token, not the ID or refresh token.',
  }),
  refuse: ({ outcome }) => ({
    came: `claims that the function "refuse" did not accept${{ reason: '', other: ' (it returned no known reason)', threw: ' (it threw)' }[outcome]}`,
    expected: 'claims for which it returns undefined',
    remedy: 'The function is that of the issuer in the options, or of its preset.',
  }),
  overage: ({ claim }) => ({
    came: `a token that only points to its claim ${shown(claim)}, as issuers do for a user with too many groups`,
    expected: 'the roles in the token',
    remedy: 'Have the issuer write app roles, or only the groups assigned to the application (Entra ID).',
  }),
  foreign_role: ({ role }) => ({
    came: `role ${shown(role)}`,
    expected: 'no role that begins with the "rolePrefix" of another issuer',
    remedy: 'Rename the role at this issuer, or choose another prefix.',
  }),
  lookup: ({ outcome }) =>
    outcome === 'no_user'
      ? {
          came: 'a subject that the function "roles" of legacyIssuer() does not know',
          expected: 'a list of roles',
          remedy: 'It returned no list: there is no such user, or the subject is another one than the function expects.',
        }
      : {
          came: 'no answer of the function "roles" of legacyIssuer()',
          expected: 'a list of roles in time',
          remedy: 'The log says why it failed.',
        },
  retired: ({ acceptUntil }) => ({
    came: 'a token of the old service',
    expected: `none since ${new Date(acceptUntil).toISOString()} ("acceptUntil")`,
    remedy: 'Have the client log in at the new issuer, or set a later "acceptUntil".',
  }),
  binding: ({ check }) => BINDINGS[check],
  proof: ({ check }) => ({
    came: PROOFS[check],
    expected: 'a DPoP proof for this request and token',
    remedy: 'See RFC 9449 section 4.3. Behind a proxy, compare "resource" with the URL that the client calls.',
  }),
  other_caller: () => ({
    came: 'a newer token of another subject, client, tenant or actor on an open socket',
    expected: 'a token of the caller who opened it',
    remedy: 'Have the client open a new socket for another user.',
  }),
  unverified: () => ({ came: 'a token that the strategy did not judge', expected: 'a verdict', remedy: '' }),
};

/** A claim that every token needs has no option that could stop requiring it. */
function claimRemedy(claim: string): string {
  if (claim === 'exp')
    return 'Have the issuer write the time at which the token expires: a token that never expires is not accepted.';
  if (claim === 'sub')
    return 'Have the issuer write the subject so, or name the claim that identifies the caller in "subject" of the issuer.';
  return 'Have the issuer write the claim so, or change the option that requires it.';
}

const MALFORMED: Readonly<Record<MalformedToken, string>> = {
  empty: 'an empty string',
  word: 'a word such as "undefined" or "null"',
  too_long: '',
  blanks: 'a string with blanks, quotes or commas in it',
  parts: '',
  unsigned: 'a string of three parts whose signature is empty',
  header_or_signature: 'a string of three parts whose header or signature cannot be read',
  payload: 'a string of three parts whose payload is no JSON object',
};

function tokenWords({ fault, length, maxLength, parts }: Of<'token'>): Partial<FindingWords> {
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
    blanks: 'The client adds quotes, a second "Bearer" or a line end to the token.',
    unsigned:
      'The token is not signed (alg "none"), or its signature was cut off. Have the client send the token as the issuer made it.',
    header_or_signature: 'The token was cut off or changed, or its header has "crit", "b64" or an odd "kid".',
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
    return 'It is opaque: have the client ask for a token of this API (its audience, resource or scope), which is a JWT.';
  return 'The token was cut off, or is something else.';
}

function isShared(alg: unknown): boolean {
  return typeof alg === 'string' && /^HS\d/.test(alg);
}

function issuerWords({ came, expected, isResolved }: Of<'issuer'>): Partial<FindingWords> {
  const names = expected.length === 0 ? [] : [oneOf(expected)];
  const known = [...names, ...(isResolved ? ['one that "issuers.resolve" knows'] : [])].join(', or ');
  return {
    came: came === undefined ? 'iss: absent' : `iss ${shown(came)}`,
    expected: known,
    remedy:
      typeof came === 'string' ? issuerRemedy(came, expected) : 'A token without "iss" needs legacyIssuer({ withoutIss: true }).',
  };
}

/** How names that a person takes for the same may differ, each with what makes them equal. */
const LOOKALIKES: readonly (readonly [difference: string, equal: (name: string) => string])[] = [
  ['a slash at the end', (name) => name.replace(/\/$/, '')],
  ['http and https', (name) => name.replace(/^https?:/i, '')],
  ['upper and lower case', (name) => name.toLowerCase()],
  ['blanks around it', (name) => name.trim()],
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
  return 'The token is of another issuer, tenant or environment, or this issuer is missing in the options.';
}

function audienceWords({ came, expected }: Of<'audience'>): Partial<FindingWords> {
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
        ? 'Have the client ask for a token for this API, or, if tokens for this service are to name another, write that into "audience".'
        : `Compare it with ${shown(meant)}: an audience has to be the same to the letter.`,
  };
}

/** The name that was most likely meant. */
export function lookalike(name: string, expected: readonly string[]): string | undefined {
  const plain = (text: string) => LOOKALIKES.reduce((rest, [, equal]) => equal(rest), text);
  return expected.find((other) => plain(other) === plain(name)) ?? nearMiss(name, expected);
}

/** A time beyond this many seconds since 1970, in the year 5138, was written in milliseconds. */
const MILLISECONDS_FROM = 1e11;

function timeWords({ claim, came, now, tolerance }: Of<'time'>): Partial<FindingWords> {
  const distance = duration(Math.abs(now - came));
  const isPast = claim === 'exp';
  const tolerated = `clockToleranceSeconds is ${tolerance}`;
  return {
    came: `${claim} ${moment(came)}, ${distance} ${isPast ? 'ago' : 'from now'}`,
    expected: `${isPast ? 'a later' : 'no later'} time than ${moment(now)}, the clock of this service (${tolerated})`,
    remedy:
      came > MILLISECONDS_FROM
        ? `The issuer writes ${claim} in milliseconds; RFC 7519 section 4.1 asks for seconds.`
        : isPast
          ? 'Have the client refresh its token. If it has just got one, compare the clocks of this service and of the issuer.'
          : 'Compare the clocks of this service and of the issuer (NTP).',
  };
}

/** A time in seconds since 1970, as a person reads it. */
export function moment(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}

/** A length of time in seconds, as a person reads it: about two digits. */
export function duration(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ] as const;
  const [size, name] = units.find(([size]) => seconds >= 2 * size) ?? [1, 's'];
  return `${Math.round(seconds / size)} ${name}`;
}

function keyName({ kid, algorithms }: NamedKey): string {
  return `${shown(kid)} (${[...algorithms].join(', ')})`;
}

function shownOrAbsent(value: unknown): string {
  return value === undefined ? 'absent' : shown(value);
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? shown(values[0]) : `one of ${listed(values, MAX_LISTED, shown)}`;
}
