import type { AuthenticationOptions } from './authentication/index.js';
import type { AuthorizationOptions } from './authorization/index.js';
import type { MappingOptions } from './mapping/index.js';
import type { RevocationOptions } from './revocation/index.js';

/** Options of `AuthzModule.forRoot()` and of what `forRootAsync()` resolves to: those of its rooms, together. */
export type AuthzModuleOptions = AuthenticationOptions & MappingOptions & RevocationOptions & AuthorizationOptions;

/** The options by name. A compile error here says that an interface gained or lost one. */
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

/** Every name that an options object may have. */
export const OPTION_NAMES: readonly string[] = Object.keys(OPTIONS);
