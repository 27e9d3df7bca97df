import * as library from '../../lib/authentication/index.js';

/** The required options of each preset. */
export const PRESET_OPTIONS: Readonly<Record<string, object>> = {
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

type Preset = (options: object) => library.IssuerOptions;

/** Each preset: its name, the function, and options that it accepts. */
export const PRESETS: readonly (readonly [name: string, preset: Preset, options: object])[] = Object.entries(PRESET_OPTIONS).map(
  ([name, options]) => [name, (library as unknown as Record<string, Preset>)[name]!, options],
);
