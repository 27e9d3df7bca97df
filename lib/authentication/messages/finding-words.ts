import { formOf, listed, shown } from '../../core/index.js';
import type { Finding, FindingOf, NamedKey } from '../findings.js';
import { BINDINGS, PROOFS } from '../proof/proof-words.js';
import type { FindingWords } from './finding-words.interface.js';
import { audienceWords, issuerWords } from './name-words.js';
import { MAX_LISTED, oneOf } from './one-of.js';
import { timeWords } from './time-words.js';
import { tokenWords } from './token-words.js';

/** Describes a finding for the operator. Escapes and shortens values from tokens; shows only the form of a claim whose form is wrong. */
export function findingWords(finding: Finding): FindingWords {
  const words = WORDS[finding.kind] as (finding: Finding) => Partial<FindingWords>;
  return { came: '', expected: '', remedy: '', ...words(finding) };
}

/** The words of each kind of finding. */
const WORDS: { readonly [K in Finding['kind']]: (finding: FindingOf<K>) => Partial<FindingWords> } = {
  credentials: ({ header }) => ({
    came: header === undefined ? 'no access token' : `an Authorization header with ${header}`,
    expected: 'Authorization: Bearer <access token>',
    remedy:
      header === undefined
        ? 'If the client sends one, a proxy may remove the header, or the token is in another place (over HTTP the option "tokenFrom" names the places).'
        : 'Have the client send "Bearer", a space and the access token.',
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
    remedy: algorithmRemedy(came, expected),
  }),
  issuer: issuerWords,
  resolver: ({ came }) => ({
    came: `iss ${shown(came)}`,
    expected: 'a result of the function "issuers.resolve"',
    remedy: 'The function failed, took too long, or too many calls to it are waiting. The log says which.',
  }),
  key: ({ kid, alg, held }) => ({
    came: `kid ${shown(kid)} with alg ${shown(alg)}`,
    expected: held.length === 0 ? 'a key of the issuer, of which none is held' : `one of ${listed(held, MAX_LISTED, keyName)}`,
    remedy:
      kid === undefined
        ? 'A token without "kid" is verified only if one key alone fits its "alg".'
        : 'The token comes from another environment or instance, or the issuer does not publish the key yet. Unknown keys are looked up at most twice a minute.',
  }),
  keys: () => ({
    came: 'a token for which no key is held',
    expected: "the issuer's keys, which could not be fetched",
    remedy: 'The log says why the keys cannot be fetched. Check that this service reaches the issuer.',
  }),
  signature: ({ kid, alg, hasSharedSecret }) => ({
    came: `a signature with alg ${shown(alg)} that was not made with ${hasSharedSecret ? 'the secret' : `key ${shown(kid)}`}`,
    expected: hasSharedSecret ? 'one made with the secret in "key"' : 'one made with that key',
    remedy: hasSharedSecret
      ? 'Compare the secret with that of the old service: a space or line break at its end counts, and the old service may decode it from base64.'
      : 'The token was changed on its way, was forged, or comes from another environment that uses the same "kid".',
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
          remedy: 'It returned no list: there is no such user, or the function expects another form of the subject.',
        }
      : {
          came: 'no result of the function "roles" of legacyIssuer()',
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
  unverified: () => ({ came: 'a token for which the strategy returned no verdict', expected: 'a verdict', remedy: '' }),
};

function algorithmRemedy(came: unknown, expected: readonly string[]): string {
  if (expected.includes('HS256'))
    return 'With a shared secret, legacyIssuer() accepts no other algorithm: have your old service sign with HS256, or with a key pair.';
  return typeof came === 'string' && /^HS\d/.test(came)
    ? 'The token is signed with a shared secret. Have the issuer sign with RS256 or ES256; tokens of your own old service need legacyIssuer().'
    : 'If the issuer is meant to sign with it, add it to "algorithms".';
}

/** No option makes `exp` or the subject optional. */
function claimRemedy(claim: string): string {
  if (claim === 'exp')
    return 'Have the issuer write the time at which the token expires: a token that never expires is not accepted.';
  if (claim === 'sub')
    return 'Have the issuer write the subject in this form, or name the claim that identifies the caller in "subject" of the issuer.';
  return 'Have the issuer write the claim in this form, or change the option that requires it.';
}

function keyName({ kid, algorithms }: NamedKey): string {
  return `${shown(kid)} (${[...algorithms].join(', ')})`;
}

function shownOrAbsent(value: unknown): string {
  return value === undefined ? 'absent' : shown(value);
}
