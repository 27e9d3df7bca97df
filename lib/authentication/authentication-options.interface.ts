import type { Algorithm } from './algorithms.js';
import type { IssuerOptions } from './issuer-options.interface.js';

/** Options of the room `authentication`. */
export interface AuthenticationOptions {
  /**
   * Whose tokens are accepted: the issuer's URL (its keys are found by OIDC discovery), its settings, or a preset such as
   * `auth0({ domain })`.
   */
  readonly issuer: string | IssuerOptions;
  /**
   * What `aud` must contain: the identifier of this API at the issuer, or several of which one suffices.
   * Write `null` to accept any; leaving it out is an error, unless the issuer's settings or preset say it.
   */
  readonly audience?: string | readonly string[] | null;
  /** Signature algorithms accepted. Default: `['RS256', 'ES256']`. Symmetric algorithms and `none` cannot be accepted. */
  readonly algorithms?: readonly Algorithm[];
  /** By how much the clocks of issuer and service may differ, in seconds, 0 to 300. Default: 30. */
  readonly clockToleranceSeconds?: number;
}
