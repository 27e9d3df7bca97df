import { AuthzConfigError, shown } from '../../core/index.js';
import { requirementDecorator, type RequirementDecorator } from '../requirements/requirement-metadata.js';

/** How the caller must have authenticated. At least one of the two members is required. */
export interface AuthContext {
  /** Accepted values of the token's `acr`, best first. */
  readonly acr?: readonly [string, ...string[]];
  /** Longest time since the caller authenticated (`auth_time`), in seconds. A whole number. */
  readonly maxAgeSeconds?: number;
}

/**
 * Requires strong or recent authentication. Otherwise responds with 401 `insufficient_user_authentication`, `acr_values` and `max_age`, so that
 * the client can ask the user to authenticate again (RFC 9470).
 */
export const RequireAuthContext = (context: AuthContext): RequirementDecorator => {
  const { acr = [], maxAgeSeconds } = context;
  const written = `@RequireAuthContext(${shown(context)})`;
  const clause = { among: 'authentication', acr: [...acr], maxAgeSeconds } as const;
  return requirementDecorator({ written, access: 'authenticated', clause }, (place) => {
    // acr_values is a list separated by spaces (RFC 9470 section 3): the challenge contains it unchanged.
    const areNames = acr.every((name) => typeof name === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name));
    const isAge = maxAgeSeconds === undefined || (Number.isInteger(maxAgeSeconds) && maxAgeSeconds >= 0);
    if (areNames && isAge && (acr.length > 0 || maxAgeSeconds !== undefined)) return;
    throw new AuthzConfigError(
      'AUTHZ_DECORATOR',
      `${place}: ${written} must have acr: ['…'] (without spaces and quotes), maxAgeSeconds: a whole number, or both.`,
    );
  });
};
