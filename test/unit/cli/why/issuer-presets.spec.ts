import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import * as library from '../../../../lib/index.js';
import { issuerFrom } from '../../../../lib/cli/why/issuer-presets.js';

const terminal = {
  env: { OLD_SECRET: 'a secret that is long enough: 32 bytes' },
  stdin: Readable.from([]),
  isWatched: false,
  out: () => undefined,
  err: () => undefined,
};
const made = (value: unknown) => issuerFrom(value, 'issuer', terminal);

/** The required options of each preset. */
const GIVEN: Readonly<Record<string, object>> = {
  auth0: { domain: 'acme.eu.auth0.com', roles: ['https://acme.com/roles'] },
  clerk: { frontendApi: 'clerk.acme.com', authorizedParties: ['https://app.acme.com'] },
  cloudflareAccess: { teamDomain: 'acme.cloudflareaccess.com', audience: 'aud' },
  cognito: { region: 'eu-central-1', userPoolId: 'eu-central-1_AbC', clientIds: ['client'] },
  entraId: { tenantId: '11111111-2222-3333-4444-555555555555' },
  firebase: { projectId: 'acme' },
  fusionAuth: { url: 'https://auth.acme.com', applicationId: '11111111-2222-3333-4444-555555555555' },
  generic: { issuer: 'https://id.acme.com', roles: 'groups' },
  google: { clientIds: ['client'] },
  googleIap: { audience: '/projects/1/apps/acme' },
  keycloak: { url: 'https://id.acme.com', realm: 'acme', clientRolesOf: 'orders' },
  okta: { domain: 'acme.okta.com' },
  oryHydra: { issuer: 'https://id.acme.com/' },
  rfc9068: { issuer: 'https://id.acme.com' },
  supabase: { projectRef: 'abcdefgh' },
  workOs: { clientId: 'client_1' },
  zitadel: { issuer: 'https://acme.zitadel.cloud' },
};

describe('an issuer in a file', () => {
  it('can be each preset of the library, with the same options', () => {
    const files = readdirSync('lib/authentication/issuers/presets').filter((file) => file !== 'preset-options.ts');
    expect(Object.keys(GIVEN)).toHaveLength(files.length);
    for (const [name, options] of Object.entries(GIVEN)) {
      const make = (library as unknown as Record<string, (given: object) => object>)[name];
      expect(JSON.stringify(made({ preset: name, ...options }))).toBe(JSON.stringify(make?.(options)));
    }
  });

  it('can replace members that the preset returns', () => {
    expect(made({ preset: 'keycloak', url: 'https://id.acme.com', realm: 'a', subject: 'id', audience: 'x' })).toMatchObject({
      issuer: 'https://id.acme.com/realms/a',
      subject: 'id',
      audience: 'x',
    });
  });

  it('can be a legacy issuer whose secret is in an environment variable', () => {
    const issuer = made({ preset: 'legacyIssuer', issuer: 'users', key: 'env:OLD_SECRET', acceptUntil: '2999-01-01' });
    expect(issuer).toMatchObject({ issuer: 'users', legacy: { algorithms: ['HS256'] } });
    expect(() => made({ preset: 'legacyIssuer', issuer: 'users', key: 'env:NONE', acceptUntil: '2999-01-01' })).toThrow(
      'The environment variable NONE is not set.',
    );
  });

  it('is unchanged without a preset', () => {
    for (const value of ['https://id.acme.com', { issuer: 'https://id.acme.com' }, 7]) expect(made(value)).toBe(value);
  });

  it.each([
    [{ preset: 'keyclok' }, /"issuer.preset" must be one of auth0, .*, got "keyclok"\. Did you mean "keycloak"\?/],
    [{ preset: 'constructor' }, /got "constructor"/],
    [{ preset: 7 }, /got 7/],
    [{ preset: 'keycloak', url: 'https://id.acme.com' }, /keycloak\(\{ realm \}\)/],
  ])('reports the fault in %j', (value, message) => {
    expect(() => made(value)).toThrow(message);
  });
});
