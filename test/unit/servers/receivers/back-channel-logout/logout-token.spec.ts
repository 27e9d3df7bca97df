import { UnreadableClaim } from '../../../../../lib/core/index.js';
import { logoutRule } from '../../../../../lib/servers/receivers/back-channel-logout/logout-token.js';

/** Returns the rule of a logout token, if rules name subjects by the claim `oid`. */
const ruleOf = (claims: Record<string, unknown>, endsSubject = false) => {
  const logout = logoutRule(
    { claims, issuedAt: 1000, jti: 'j' },
    { issuer: 'https://id.acme.test', endsSubject, subjectClaim: ['oid'] },
  );
  if (logout instanceof UnreadableClaim) return logout.claim;
  return [logout.rule.kind, logout.rule.value, logout.isByClaim];
};

describe('a logout token', () => {
  it('names its subject by the configured claim, a whole number as its digits', () => {
    expect(ruleOf({ sub: 'carl', oid: 'object-1' })).toEqual(['subject', 'object-1', true]);
    expect(ruleOf({ sub: 'carl', oid: 7 })).toEqual(['subject', '7', true]);
    for (const claims of [{ sub: 'carl' }, { sub: 'carl', oid: null }])
      expect(ruleOf(claims)).toEqual(['subject', 'carl', false]);
  });

  it.each([[['object-1']], [{}], [true], [''], [1.5]])(
    'is not matched by "sub" if the claim is %j: the rule would not match the tokens',
    (oid) => {
      expect(ruleOf({ sub: 'carl', oid })).toBe('oid');
      expect(ruleOf({ sub: 'carl', sid: 's', oid }, true)).toBe('oid');
      expect(ruleOf({ sub: 'carl', sid: 's', oid })).toEqual(['session', 's', true]);
    },
  );

  it('revokes a session, or all tokens of its subject if configured', () => {
    expect(ruleOf({ sub: 'carl', sid: 's', oid: 'object-1' })).toEqual(['session', 's', true]);
    expect(ruleOf({ sub: 'carl', sid: 's', oid: 'object-1' }, true)).toEqual(['subject', 'object-1', true]);
    expect(ruleOf({ sid: 's' }, true)).toEqual(['session', 's', false]);
  });

  it('about a session names the subject as rules do, or not at all', () => {
    const subjectOf = (claims: Record<string, unknown>, subjectClaim?: readonly string[]) => {
      const terms = { issuer: 'https://id.acme.test', endsSubject: false, subjectClaim };
      const logout = logoutRule({ claims, issuedAt: 1000, jti: 'j' }, terms);
      return logout instanceof UnreadableClaim ? logout : logout.rule.subject;
    };
    expect(subjectOf({ sub: 'carl', sid: 's' })).toBe('carl');
    expect(subjectOf({ sid: 's' })).toBeUndefined();
    expect(subjectOf({ sub: 'pairwise', oid: 'object-1', sid: 's' }, ['oid'])).toBe('object-1');
    expect(subjectOf({ sub: 'pairwise', sid: 's' }, ['oid'])).toBeUndefined();
    expect(subjectOf({ sub: 'pairwise', oid: {}, sid: 's' }, ['oid'])).toBeUndefined();
  });
});
