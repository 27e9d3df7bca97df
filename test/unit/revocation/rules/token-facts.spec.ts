import { principalFromClaims } from '../../../../lib/core/index.js';
import { tokenFacts } from '../../../../lib/revocation/rules/token-facts.js';
import { ISSUER } from '../entries.js';

const principal = (claims: Record<string, unknown>) =>
  principalFromClaims(
    { iss: ISSUER, exp: 2000, ...claims },
    { subject: 'carl', roles: [], maxRoles: 1, tenant: ['org'], tokenPermissions: undefined },
  );

describe('the facts that rules are matched with', () => {
  it('are read from the claims that the standards name', () => {
    const claims = { iat: 1000, jti: 't', sid: 's', client_id: 'web', org: 'acme' };
    expect(tokenFacts(principal(claims), undefined)).toEqual({
      issuer: ISSUER,
      token: 't',
      session: 's',
      subject: 'carl',
      client: 'web',
      tenant: 'acme',
      issuedAt: 1000,
    });
  });

  it.each([
    [{ uti: 'entra' }, { token: 'entra' }],
    [{ session_id: 'supabase' }, { session: 'supabase' }],
    [{ origin_jti: 'cognito' }, { session: 'cognito' }],
    [{ azp: 'keycloak' }, { client: 'keycloak' }],
  ])('are found where providers put them: %j', (claims, facts) => {
    expect(tokenFacts(principal(claims), undefined)).toMatchObject(facts);
  });

  it.each([[{}], [{ iat: '1000', jti: null, sid: null, client_id: null, org: null }], [{ jti: '', sid: '' }]])(
    'is absent where the token does not say: %j',
    (claims) => {
      const absent = { token: undefined, session: undefined, client: undefined, tenant: undefined, issuedAt: undefined };
      expect(tokenFacts(principal(claims), undefined)).toEqual({ issuer: ISSUER, subject: 'carl', ...absent });
    },
  );

  it('name the subject by another claim if the options say so and the token has it', () => {
    expect(tokenFacts(principal({ oid: 'object-1' }), ['oid']).subject).toBe('object-1');
    expect(tokenFacts(principal({}), ['oid']).subject).toBe('carl');
  });

  it('have a whole number as its digits, as rules do', () => {
    const claims = { jti: 7, sid: 8, client_id: 9, org: 10, oid: 11 };
    const facts = { token: '7', session: '8', client: '9', tenant: '10', subject: '11' };
    expect(tokenFacts(principal(claims), ['oid'])).toMatchObject(facts);
  });

  it.each([
    [{ oid: '' }],
    [{ oid: {} }],
    [{ oid: ['object-1'] }],
    [{ oid: true }],
    [{ oid: 1.5 }],
    [{ _claim_names: { oid: 'src1' } }],
  ])('never takes a subject that cannot be read for the one of the token: %j', (claims) => {
    const { subject, unreadable } = tokenFacts(principal(claims), ['oid']);
    expect(subject).toBeUndefined();
    expect(unreadable).toMatchObject({ use: 'revocation subject', claim: 'oid' });
  });
});
