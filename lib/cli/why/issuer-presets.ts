import { didYouMean, isRecord, shown } from '../../core/index.js';
import {
  auth0,
  clerk,
  cloudflareAccess,
  cognito,
  entraId,
  firebase,
  fusionAuth,
  generic,
  google,
  googleIap,
  keycloak,
  legacyIssuer,
  okta,
  oryHydra,
  rfc9068,
  supabase,
  workOs,
  zitadel,
  type IssuerOptions,
  type LegacyIssuerOptions,
} from '../../authentication/index.js';
import { CliError } from '../cli.error.js';
import { fromEnvironment } from '../input/from-environment.js';
import type { Terminal } from '../output/terminal.interface.js';

type Given = Readonly<Record<string, unknown>>;
type Preset = (given: Given, terminal: Terminal) => IssuerOptions;

/**
 * Wraps a preset. Members that are not its options replace what it returns, as `{ ...keycloak({ … }), subject: 'id' }` does in code.
 * `names` does not compile if a preset gained or lost an option.
 */
function preset<Options extends object>(make: (options: Options) => IssuerOptions, names: Record<keyof Options, true>): Preset {
  const isOption = ([name]: [string, unknown]) => Object.hasOwn(names, name);
  return (given) => {
    const members = Object.entries(given);
    // Presets check their options at run time, for callers in plain JavaScript.
    const options = Object.fromEntries(members.filter(isOption)) as Options;
    return { ...make(options), ...Object.fromEntries(members.filter((member) => !isOption(member))) };
  };
}

const PRESETS: Readonly<Record<string, Preset>> = {
  auth0: preset(auth0, { domain: true, roles: true, permissions: true }),
  clerk: preset(clerk, { frontendApi: true, authorizedParties: true, nativeApps: true }),
  cloudflareAccess: preset(cloudflareAccess, { teamDomain: true, audience: true, roles: true }),
  cognito: preset(cognito, { region: true, userPoolId: true, clientIds: true }),
  entraId: preset(entraId, { tenantId: true, version: true, roles: true }),
  firebase: preset(firebase, { projectId: true, roles: true }),
  fusionAuth: preset(fusionAuth, { url: true, issuer: true, applicationId: true, tenantId: true }),
  generic: (given) => generic(given as unknown as IssuerOptions),
  google: preset(google, { clientIds: true }),
  googleIap: preset(googleIap, { audience: true }),
  keycloak: preset(keycloak, {
    url: true,
    realm: true,
    clientRolesOf: true,
    organization: true,
    internalUrl: true,
    allowHttp: true,
  }),
  legacyIssuer: (given, terminal) => legacyIssuer(withSecret(given, terminal)),
  okta: preset(okta, { domain: true, authorizationServer: true, roles: true }),
  oryHydra: preset(oryHydra, { issuer: true, roles: true }),
  rfc9068: (given) => rfc9068(given as unknown as IssuerOptions),
  supabase: preset(supabase, { projectRef: true, roles: true }),
  workOs: preset(workOs, { clientId: true, issuer: true, permissions: true }),
  zitadel: preset(zitadel, { issuer: true, projectId: true, organizationId: true }),
};

/** Converts an issuer of a file in JSON or YAML: `{ "preset": "keycloak", "url": …, "realm": … }` means `keycloak({ url, realm })`. */
export function issuerFrom(value: unknown, place: string, terminal: Terminal): unknown {
  if (!isRecord(value) || !Object.hasOwn(value, 'preset')) return value;
  const { preset: name, ...given } = value;
  const make = typeof name === 'string' && Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
  if (make !== undefined) return make(given, terminal);
  const meant = typeof name === 'string' ? didYouMean(name, Object.keys(PRESETS)) : '';
  throw new CliError(`"${place}.preset" must be one of ${Object.keys(PRESETS).join(', ')}, got ${shown(name)}.${meant}`);
}

/** Reads the secret of the legacy service from an environment variable, so that it need not be in the file. */
function withSecret(given: Given, terminal: Terminal): LegacyIssuerOptions {
  const { key } = given;
  return { ...given, key: typeof key === 'string' ? fromEnvironment(key, terminal) : key } as unknown as LegacyIssuerOptions;
}
