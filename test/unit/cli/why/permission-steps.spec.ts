import { callerPermissions, permissionSteps, requireStep } from '../../../../lib/cli/why/permission-steps.js';
import { mappingInUse, type MappingInUse } from '../../../../lib/cli/why/mapping-in-use.js';
import type { RefusalFacts } from '../../../../lib/authorization/index.js';
import { actingPrincipal } from '../../../../lib/core/index.js';

const DOCUMENT = {
  revision: 'r1',
  roles: { viewer: ['orders:read'], clerk: ['orders:*'], intern: { permissions: ['orders:read'], deny: ['orders:delete'] } },
};

/** Returns the steps about the mapping and the required permissions for a caller with these roles. */
async function stepsOf(option: unknown, roles: readonly string[], ...required: string[]) {
  const mapping = (await mappingInUse(option, false)) as MappingInUse;
  const facts: RefusalFacts = { mapping: () => mapping.snapshot, issuer: () => undefined, tokenFrom: ['authorization'] };
  const principal = actingPrincipal({ subject: 'alice', roles });
  const permissions = await callerPermissions(principal, mapping);
  return {
    mapping: permissionSteps(principal, permissions, facts),
    required: required.map((name) => requireStep(name, principal, permissions, facts)),
  };
}
const answering = (permissionsFor: () => never) => ({ provider: { permissionsFor } });

describe('the steps of nestjs-authz why about permissions', () => {
  it('list what the roles give and deny', async () => {
    const { mapping } = await stepsOf(DOCUMENT, ['intern']);
    expect(mapping).toEqual([
      { step: 'mapping', state: 'ok', found: ['revision r1'] },
      { step: 'permissions', state: 'ok', found: ['orders:read', 'denied: orders:delete'] },
    ]);
  });

  it('name a role that the mapping does not have, and suggest another', async () => {
    const { mapping } = await stepsOf(DOCUMENT, ['Viewer']);
    expect(mapping[0]?.found.join(' ')).toContain('did you mean "viewer"?');
    expect(mapping[1]).toMatchObject({ found: ['none'] });
  });

  it('allow by a rule, refuse by a denial, and list the roles that give a missing permission', async () => {
    const { required } = await stepsOf(DOCUMENT, ['intern'], 'orders:read', 'orders:delete', 'orders:create', 'orders:raed');
    expect(required.map(({ state, ...step }) => [state, 'reason' in step ? step.reason : undefined])).toEqual([
      ['ok', undefined],
      ['refused', 'permission_denied'],
      ['refused', 'permission_missing'],
      ['refused', 'permission_missing'],
    ]);
    expect(required[2]?.found.join(' ')).toContain('Roles that give it: clerk');
    expect(required[3]?.found.join(' ')).toContain('Did you mean orders:read?');
  });

  it('show only the permissions that a provider returns', async () => {
    const { mapping, required } = await stepsOf(
      answering((() => ['orders:read']) as never),
      ['any'],
      'orders:read',
      'orders:create',
    );
    expect(mapping.map(({ state }) => state)).toEqual(['ok', 'ok']);
    expect(required.map(({ state }) => state)).toEqual(['ok', 'refused']);
    expect(required[0]?.found).toEqual(['allowed']);
  });

  it('refuse if the provider fails', async () => {
    const failing = answering(() => {
      throw new Error('no connection');
    });
    const { mapping, required } = await stepsOf(failing, ['any'], 'orders:read');
    expect(mapping).toMatchObject([{ state: 'refused', reason: 'mapping_unavailable' }]);
    expect(required).toMatchObject([{ state: 'refused', found: ['the permissions of the caller could not be determined'] }]);
  });
});

describe('the steps of nestjs-authz why about conditions', () => {
  const CONDITIONAL = {
    revision: 'r1',
    permissions: { 'orders:update': '', 'payments:release': { requires: { acr: 'mfa', maxAgeSeconds: 300 } } },
    roles: {
      clerk: [{ permission: 'orders:update', when: 'resource.ownerId == principal.subject' }, 'payments:release'],
      archivist: { permissions: ['orders:update'], deny: [{ permission: 'orders:*', when: 'resource.isClosed' }] },
    },
  };
  const decided = async (roles: readonly string[], permission: string, resource?: object) => {
    const mapping = (await mappingInUse(CONDITIONAL, false)) as MappingInUse;
    const facts: RefusalFacts = { mapping: () => mapping.snapshot, issuer: () => undefined, tokenFrom: ['authorization'] };
    const principal = actingPrincipal({ subject: 'alice', roles });
    const permissions = await callerPermissions(principal, mapping);
    return requireStep(permission, principal, permissions, facts, { resource });
  };

  it('list what the roles give and deny under a condition, and what requires step-up authentication', async () => {
    const { mapping } = await stepsOf(CONDITIONAL, ['clerk', 'archivist']);
    expect(mapping[1]?.found).toEqual([
      'payments:release, orders:update',
      'under a condition: orders:update',
      'denied under a condition: orders:*',
      'payments:release requires authentication: acr "mfa", at most 300 s ago',
    ]);
  });

  it('leave a permission open that depends on the resource, until the resource is given', async () => {
    expect(await decided(['clerk'], 'orders:update')).toMatchObject({
      state: 'unchecked',
      found: [
        'it depends on the resource: write --resource <object>',
        expect.stringContaining('only if'),
        expect.anything(),
        expect.anything(),
      ],
    });
    expect(await decided(['clerk'], 'orders:update', { ownerId: 'alice' })).toMatchObject({ state: 'ok' });
    expect(await decided(['clerk'], 'orders:update', { ownerId: 'bob' })).toMatchObject({
      state: 'refused',
      reason: 'condition_unmet',
      found: expect.arrayContaining([
        '  false, so it does not grant',
        '    false    resource.ownerId == principal.subject  (resource.ownerId: "bob", principal.subject: "alice")',
      ]),
    });
  });

  it('name the denial that applies because its condition is unknown, and the authentication that is missing', async () => {
    const denied = await decided(['archivist'], 'orders:update', {});
    expect([denied.reason, ...denied.found]).toEqual(expect.arrayContaining(['permission_denied', '  unknown, so it denies']));
    expect(await decided(['clerk'], 'payments:release')).toMatchObject({ reason: 'authentication_insufficient' });
  });
});
