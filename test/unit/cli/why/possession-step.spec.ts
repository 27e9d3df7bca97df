import { possessionStep } from '../../../../lib/cli/why/possession-step.js';
import { parseAuthenticationSettings, type AuthenticationOptions } from '../../../../lib/authentication/index.js';
import { actingPrincipal, type Principal } from '../../../../lib/core/index.js';

const resource = { protectedResource: { resource: 'https://orders.acme.com' } };
const settings = (more: Partial<AuthenticationOptions> = {}) =>
  parseAuthenticationSettings({ issuer: 'https://id.acme.com', audience: 'orders', ...more } as AuthenticationOptions);
const alice = actingPrincipal({ subject: 'alice', roles: [] });
const bound = (cnf: unknown): Principal => ({ ...alice, claims: { cnf } });
const step = (principal: Principal, scheme: 'bearer' | 'dpop' | undefined, more: Partial<AuthenticationOptions> = {}) =>
  possessionStep(principal, { token: 'a.b.c', scheme }, settings(more));

describe('the step of nestjs-authz why about possession', () => {
  it('is left out for a bearer token', () => {
    expect(step(alice, undefined)).toEqual([]);
    expect(step(alice, 'bearer', { ...resource, dpop: 'accepted' })).toEqual([]);
  });

  it('refuses an unbound token if binding is required, and a bound token if no proof is accepted', () => {
    expect(step(alice, 'bearer', { ...resource, dpop: 'required' })).toMatchObject([{ state: 'refused' }]);
    expect(step(bound({ jkt: 'x'.repeat(43) }), undefined)).toMatchObject([{ state: 'refused', reason: 'binding_mismatch' }]);
    expect(step(bound('odd'), 'bearer')).toMatchObject([{ state: 'refused' }]);
  });

  it('leaves the proof of a bound token to the request', () => {
    const steps = step(bound({ jkt: 'x'.repeat(43) }), undefined, { ...resource, dpop: 'accepted' });
    expect(steps).toMatchObject([
      { state: 'unchecked', found: [expect.stringContaining('each request has to prove') as string] },
    ]);
  });
});
