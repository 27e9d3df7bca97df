import { callerSteps } from '../../../../lib/cli/why/caller-steps.js';
import { parseAuthenticationSettings } from '../../../../lib/authentication/index.js';
import type { RefusalFacts } from '../../../../lib/authorization/index.js';
import { actingPrincipal, UnreadableClaim, type Principal } from '../../../../lib/core/index.js';

const [issuer] = parseAuthenticationSettings({ issuer: 'https://id.acme.com', audience: 'orders' }).issuers;
const facts: RefusalFacts = { mapping: () => undefined, issuer: () => issuer, tokenFrom: ['authorization'] };
const alice = actingPrincipal({ subject: 'alice', roles: ['viewer'], scopes: ['read'], tenant: 'acme' });
const steps = (more: Partial<Principal> = {}) => callerSteps({ ...alice, ...more }, issuer!, facts);

describe('the steps of nestjs-authz why about the caller', () => {
  it('show the subject, the client, the tenant and the actors', () => {
    expect(steps()[0]?.found).toEqual(['subject "alice", no client, tenant "acme"']);
    const actors = [{ subject: 'gateway', issuer: undefined, clientId: undefined }] as unknown as Principal['actors'];
    expect(steps({ clientId: 'web', actors })[0]?.found).toEqual([
      'subject "alice", client "web", tenant "acme", through "gateway"',
    ]);
  });

  it('list at most ten scopes and roles, and the claim of the roles', () => {
    const many = Array.from({ length: 12 }, (_, index) => `r${index}`);
    expect(steps({ roles: many })[2]?.found[0]).toMatch(/^"r0", .* and 2 more \(from "roles"\)$/);
    expect(steps({ scopes: [] })[1]?.found).toEqual(['none']);
  });

  it('name the claims without roles', () => {
    expect(steps({ roles: [] })[2]?.found[0]).toContain('no roles');
  });

  it('refuse unreadable claims', () => {
    const unreadable = ['roles', 'scopes'].map(
      (use) => new UnreadableClaim(use as 'roles', [use], 'a number', 'Have the issuer write a list.'),
    );
    expect(steps({ unreadable }).slice(1)).toMatchObject([
      { step: 'scopes', state: 'refused', reason: 'claim_unreadable' },
      { step: 'roles', state: 'refused', reason: 'claim_unreadable' },
    ]);
  });
});
