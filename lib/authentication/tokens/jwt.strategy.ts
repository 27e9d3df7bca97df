import type { KeyObject } from 'node:crypto';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { Strategy, type SecretOrKeyProvider } from 'passport-jwt';
import type { Principal, RefusalReason } from '../../core/index.js';
import type { Claims } from '../issuers/issuer-options.interface.js';
import type { IssuerSettings } from '../issuers/issuer-settings.js';
import { issOf } from './check-claims.js';
import { tokenPrincipal, type RefusedClaim } from './token-principal.js';
import { TokenRefusedError } from './token-refused.error.js';

/** What the strategy reads in place of a request: the same on every transport. */
interface TokenWithKey {
  readonly token: string;
  readonly key: KeyObject;
}

/**
 * Passport's JWT strategy for one issuer: verifies signature, `iss`, `aud`, `exp` and `nbf`, then our own checks of the claims, and
 * answers the principal. The token has passed the shape check and the key was chosen before.
 */
export class JwtStrategy extends PassportStrategy(Strategy, 'authz-jwt') {
  constructor(private readonly settings: IssuerSettings) {
    super({
      jwtFromRequest: (request: unknown) => (request as TokenWithKey).token,
      secretOrKeyProvider: keyOfRequest as unknown as SecretOrKeyProvider,
      algorithms: settings.algorithms as ('RS256' | 'HS256')[], // the types stop at these; jsonwebtoken itself refuses what it does not know
      // Left out where the issuer's tokens have no `iss`; checkClaims sees to it that they have none.
      ...(issOf(settings) !== undefined && { issuer: settings.issuer }),
      // Left out only where the application wrote `null`.
      ...(settings.audience && { audience: [...settings.audience] }),
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated by name only; there is no other way to a tolerance
      jsonWebTokenOptions: { clockTolerance: settings.clockToleranceSeconds },
    });
  }

  /** Called by Passport with the claims of a token whose signature is good. */
  validate(claims: Claims): Principal | RefusedClaim {
    const verified = tokenPrincipal(claims, this.settings);
    if (typeof verified === 'string') throw new TokenRefusedError(verified);
    return verified;
  }

  /** Verifies a token with a key, through Passport. */
  verify(token: string, key: KeyObject): Promise<Principal | RefusalReason | RefusedClaim> {
    return new Promise((resolve) => {
      const answered = (error: unknown, principal: Principal | RefusedClaim | false | undefined, info: unknown) =>
        resolve(typeof principal === 'object' ? principal : refusalReason(error ?? info));
      // Passport writes success, fail and error onto the instance it is handed. Shared by two requests at a time, it would answer
      // one with the principal of the other: each call gets its own, as Passport does itself for strategies found by name.
      const strategy = Object.create(this) as this;
      const run = passport.authenticate(strategy, { session: false }, answered) as (...of: unknown[]) => void;
      try {
        run({ token, key } satisfies TokenWithKey, {}, answered);
      } catch (error) {
        resolve(refusalReason(error)); // a library that throws instead of answering has not accepted the token
      }
    });
  }

  /**
   * The strategy is handed to Passport as an instance at each call. Registered by name in the Passport of the process, a second
   * application in it would replace the first one's.
   */
  getPassportInstance(): unknown {
    return new passport.Authenticator();
  }
}

/** Hands on a KeyObject made once. Typed by passport-jwt as PEM text, which jsonwebtoken would parse at every request. */
function keyOfRequest(request: TokenWithKey, _token: string, done: (error: null, key: KeyObject) => void): void {
  done(null, request.key);
}

/** Turns what passport-jwt and jsonwebtoken answer into a reason. Their messages name expected values and go no further than here. */
function refusalReason(error: unknown): RefusalReason {
  if (error instanceof TokenRefusedError) return error.reason;
  if (!(error instanceof Error)) return 'indeterminate';
  switch (error.name) {
    case 'TokenExpiredError':
      return 'token_expired';
    case 'NotBeforeError':
      return 'token_not_yet_valid';
    case 'JsonWebTokenError':
      return error.message.startsWith('jwt audience invalid')
        ? 'audience_mismatch'
        : error.message === 'invalid exp value' || error.message === 'invalid nbf value'
          ? 'claims_invalid'
          : 'signature_invalid';
    default:
      return 'signature_invalid';
  }
}
