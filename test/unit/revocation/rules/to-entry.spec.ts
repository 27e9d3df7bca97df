import { RevocationRuleError, type RevocationRule, type RevokedHolder } from '../../../../lib/revocation/index.js';
import { restoreEntry, revokeEntry } from '../../../../lib/revocation/rules/to-entry.js';
import { ISSUER } from '../entries.js';

const MADE = 1_700_000_000_500;
const NOW = MADE / 1000;
const TERMS = { issuer: ISSUER, maxTokenLifetimeSeconds: 600, clockToleranceSeconds: 30 };
const UNLIMITED = { ...TERMS, maxTokenLifetimeSeconds: undefined };

describe('makes an entry from a rule', () => {
  it('about the only issuer, up to now, for the lifetime of tokens', () => {
    expect(revokeEntry({ kind: 'subject', value: 'carl', reason: 'left' }, TERMS, MADE, NOW)).toEqual({
      act: 'revoke',
      kind: 'subject',
      issuer: ISSUER,
      value: 'carl',
      issuedUntil: NOW,
      expiresAt: NOW + 600,
      madeAt: MADE,
      reason: 'left',
    });
  });

  it('that never expires before the tokens that it is about', () => {
    const rule = (expiresAt: number) => revokeEntry({ kind: 'subject', value: 'carl', expiresAt }, TERMS, MADE, NOW).expiresAt;
    expect([rule(NOW + 10), rule(NOW + 5000)]).toEqual([NOW + 600, NOW + 5000]);
    expect(revokeEntry({ kind: 'session', value: 's', issuedUntil: NOW - 100 }, TERMS, MADE, NOW).expiresAt).toBe(NOW + 500);
  });

  it('that expires with the token, if it is about one', () => {
    expect(revokeEntry({ kind: 'token', value: 't', expiresAt: NOW + 10 }, TERMS, MADE, NOW).expiresAt).toBe(NOW + 10);
    expect(revokeEntry({ kind: 'token', value: 't' }, TERMS, MADE, NOW).expiresAt).toBe(NOW + 600);
    expect(revokeEntry({ kind: 'token', value: 't', expiresAt: NOW + 10 }, UNLIMITED, MADE, NOW)).not.toHaveProperty(
      'issuedUntil',
    );
  });

  it('about everything or an issuer without a value', () => {
    expect(revokeEntry({ kind: 'everything' }, TERMS, MADE, NOW)).toMatchObject({ issuer: '', value: '' });
    expect(revokeEntry({ kind: 'issuer' }, TERMS, MADE, NOW)).toMatchObject({ issuer: ISSUER, value: '' });
    expect(revokeEntry({ kind: 'issuer', issuer: 'old-login' }, TERMS, MADE, NOW)).toMatchObject({ issuer: 'old-login' });
  });

  it('that restores a rule, kept as long as the rule', () => {
    const back = (lastEnd?: number) => restoreEntry({ kind: 'subject', value: 'carl' }, TERMS, MADE, lastEnd).expiresAt;
    expect([back(), back(NOW + 5000)]).toEqual([NOW + 600, NOW + 5000]);
  });
});

describe('a rule is refused', () => {
  const refused = (rule: unknown, terms = TERMS) => {
    try {
      revokeEntry(rule as RevocationRule, terms, MADE, NOW);
    } catch (error) {
      expect(error).toBeInstanceOf(RevocationRuleError);
      return (error as Error).message;
    }
    return undefined;
  };

  it.each([
    [undefined, `A rule must be an object such as { kind: 'subject', value: 'carl' }, got nothing.`],
    ['carl', `A rule must be an object such as { kind: 'subject', value: 'carl' }, got "carl".`],
    [
      { kind: 'user', value: 'carl' },
      '"kind" must be one of token, session, subject, client, tenant, issuer, everything, got "user".',
    ],
    [
      { kind: 'subject', vale: 'carl' },
      'A rule has no member "vale". Did you mean "value"? Its members: kind, value, issuer, issuedUntil, expiresAt, by, reason, subject.',
    ],
    [{ kind: 'subject' }, '"value" must be a string of 1 to 256 characters, got nothing.'],
    [{ kind: 'subject', value: '' }, '"value" must be a string of 1 to 256 characters, got "".'],
    [{ kind: 'subject', value: 'half \udc00' }, '"value" must be a string of 1 to 256 characters, got "half \\udc00".'],
    [
      { kind: 'issuer', value: ISSUER },
      `"value" must be left out of a rule of kind 'issuer', got "${ISSUER}". Name the issuer in "issuer".`,
    ],
    [{ kind: 'everything', value: 'x' }, `"value" must be left out of a rule of kind 'everything', got "x".`],
    [
      { kind: 'everything', issuer: ISSUER },
      `"issuer" must be left out of a rule about everything. To revoke the tokens of one issuer, write kind: 'issuer'.`,
    ],
    [{ kind: 'subject', value: 'carl', issuer: 7 }, '"issuer" must be the "iss" of the tokens, got 7.'],
    [{ kind: 'token', value: 't', issuedUntil: NOW }, '"issuedUntil" must be left out of a rule about one token.'],
    [
      { kind: 'client', value: 'web', subject: 'carl' },
      `"subject" must be left out of a rule of kind 'client': it belongs to rules about one token or session.`,
    ],
    [{ kind: 'subject', value: 'carl', by: 7 }, '"by" must be a string of 1 to 200 characters, got 7.'],
    [
      { kind: 'subject', value: 'carl', issuedUntil: MADE },
      '"issuedUntil" must be a moment in seconds since 1970, at most 300 seconds from now, got 1700000000500.',
    ],
    [
      { kind: 'subject', value: 'carl', issuedUntil: new Date(0) },
      '"issuedUntil" must be a moment in seconds since 1970, at most 300 seconds from now, got "1970-01-01T00:00:00.000Z".',
    ],
    [{ kind: 'subject', value: 'carl', expiresAt: NaN }, '"expiresAt" must be a moment in seconds since 1970, got NaN.'],
    [{ kind: 'subject', value: 'carl', reason: 7 }, '"reason" must be a string of 1 to 200 characters, got 7.'],
  ])('%j', (rule, message) => {
    expect(refused(rule)).toBe(message);
  });

  it('with several issuers trusted and none named', () => {
    expect(refused({ kind: 'subject', value: 'carl' }, { ...TERMS, issuer: undefined } as never)).toBe(
      '"issuer" is missing. Several issuers are trusted here, so write the "iss" of the tokens.',
    );
  });

  it('without a limit of token lifetimes', () => {
    expect(refused({ kind: 'subject', value: 'carl' }, UNLIMITED as never)).toBe(
      `"expiresAt" is missing, and the lifetime of tokens is not limited. Set "maxTokenLifetimeSeconds" in the options of AuthzModule, or write when the last affected token expires.`,
    );
  });

  it('if a restoration names no rule', () => {
    expect(() => restoreEntry({ kind: 'subject' } as unknown as RevokedHolder, TERMS, MADE)).toThrow('"value" must be a string');
  });
});
