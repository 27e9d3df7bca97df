import { ISSUER_OPTION_NAMES, type AuthenticationOptions } from './authentication/index.js';
import { readOptions, refuseUnknownMembers } from './core/index.js';
import type { AuthorizationOptions } from './authorization/index.js';
import type { MappingOptions } from './mapping/index.js';
import type { RevocationOptions } from './revocation/index.js';

/** Options of `AuthzModule.forRoot()`, and of the factory of `forRootAsync()`. */
export type AuthzModuleOptions = AuthenticationOptions & MappingOptions & RevocationOptions & AuthorizationOptions;

/** The names of the options. A compile error here means that an interface gained or lost one. */
const OPTIONS: Record<keyof AuthzModuleOptions, true> = {
  issuer: true,
  issuers: true,
  audience: true,
  mapping: true,
  revocation: true,
  undecorated: true,
  mode: true,
  logRefusals: true,
  reportAlso: true,
  candidate: true,
  conditionContext: true,
  resourceTimeoutMs: true,
  policyTimeoutMs: true,
  transports: true,
  algorithms: true,
  profile: true,
  clockToleranceSeconds: true,
  maxTokenLifetimeSeconds: true,
  maxTokenBytes: true,
  tokenFrom: true,
  maxRoles: true,
  jwksMaxStaleSeconds: true,
  verifiedTokens: true,
  dpop: true,
  protectedResource: true,
};

/** @internal */
export const OPTION_NAMES: readonly string[] = Object.keys(OPTIONS);

/**
 * Rejects unknown options.
 *
 * @param place Name of the options in messages.
 * @throws AuthzConfigError
 */
export function refuseUnknownOptions(options: object, place: string): void {
  refuseUnknownMembers(options, OPTION_NAMES, place, ofIssuer);
}

/** Reads the options of the module, without a check of their values. @throws AuthzConfigError */
export function readModuleOptions(value: unknown): AuthzModuleOptions {
  const rule = { place: 'AuthzModule', members: OPTION_NAMES, example: '{ issuer, audience, mapping }', elsewhere: ofIssuer };
  return readOptions(value, rule) as unknown as AuthzModuleOptions;
}

function ofIssuer(name: string): string | undefined {
  if (!ISSUER_OPTION_NAMES.some((option) => option === name)) return undefined;
  return `It is an option of an issuer: write issuer: { issuer: 'https://id.acme.com', ${name}: … }, or give it to the preset.`;
}
