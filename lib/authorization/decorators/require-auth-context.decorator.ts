import { AuthzConfigError, shown } from '../../core/index.js';
import { requirementDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

/** How the caller must have authenticated. At least one of both. */
export interface AuthContext {
  /** Authentication contexts of which the token's `acr` must be one, best first. */
  readonly acr?: readonly [string, ...string[]];
  /** Most seconds since the caller authenticated (`auth_time`), a whole number. */
  readonly maxAgeSeconds?: number;
}

/**
 * Asks for a strong or recent authentication. A weaker one is answered 401 `insufficient_user_authentication` with `acr_values` and
 * `max_age`, so that the client can have the user authenticate again (RFC 9470).
 */
export const RequireAuthContext = (context: AuthContext): RequirementDecorator => {
  const { acr = [], maxAgeSeconds } = context;
  const written = `@RequireAuthContext(${shown(context)})`;
  const clause = { among: 'authentication', acr: [...acr], maxAgeSeconds } as const;
  return requirementDecorator({ written, access: 'authenticated', clause }, (place) => {
    // acr_values is a list separated by blanks (RFC 9470 section 3): it goes into the challenge as it is.
    const areNames = acr.every((name) => typeof name === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name));
    const isAge = maxAgeSeconds === undefined || (Number.isInteger(maxAgeSeconds) && maxAgeSeconds >= 0);
    if (areNames && isAge && (acr.length > 0 || maxAgeSeconds !== undefined)) return;
    throw new AuthzConfigError(
      'AUTHZ_DECORATOR',
      `${place}: ${written} must say acr: ['…'] (without blanks and quotes), maxAgeSeconds: a whole number, or both.`,
    );
  });
};
