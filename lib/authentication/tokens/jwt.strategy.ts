import type { KeyObject } from 'node:crypto';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { Strategy } from 'passport-jwt';
import type { Principal } from '../../core/index.js';
import { verifyJws, type Jws } from '../../jws/index.js';
import { fault, type TokenFault } from '../findings.js';
import type { Claims } from '../issuers/claims/claims.js';
import type { IssuerSettings } from '../issuers/options/issuer-settings.js';
import { tokenPrincipal, type RefusedClaim } from './token-principal.js';

/** The principal of a token, or why the token is refused. */
export type Verdict = Principal | TokenFault | RefusedClaim;

const INDETERMINATE = fault('indeterminate', { kind: 'unverified' });

/** What the strategy authenticates instead of a request: the same on every transport. */
interface SignedToken {
  readonly jws: Jws;
  readonly key: KeyObject;
}

/**
 * Passport's JWT strategy for one issuer. It replaces the verification of passport-jwt, which is jsonwebtoken: that decodes and parses each token
 * once more, ignores `crit`, accepts RSA keys of 1024 bits and does not support Ed25519.
 */
export class JwtStrategy extends PassportStrategy(Strategy, 'authz-jwt') {
  constructor(private readonly settings: IssuerSettings) {
    // passport-jwt requires both options. authenticate() gets their values as its argument.
    super({ jwtFromRequest: () => null, secretOrKeyProvider: () => undefined });
  }

  /** Called by Passport and by {@link verify}, after the shape check and the choice of the key. */
  override authenticate(token: unknown): void {
    const { jws, key } = token as SignedToken;
    const verdict = verifyJws(jws, key) ? this.validate(jws.claims) : this.signatureInvalid(jws);
    if ('reason' in verdict) this.fail(verdict, 401);
    else this.success(verdict);
  }

  /** Checks the claims of a token whose signature is valid, and turns them into the principal. */
  validate(claims: Claims): Verdict {
    return tokenPrincipal(claims, this.settings);
  }

  /** Verifies a token with a key. */
  verify(jws: Jws, key: KeyObject): Verdict {
    let verdict: Verdict = INDETERMINATE; // refused unless the strategy calls success()
    // As passport.authenticate() does for each request, without sessions, log-in and redirects.
    const attempt = Object.create(this) as this;
    attempt.success = (principal: Principal) => (verdict = principal);
    attempt.fail = (reason: unknown) => (verdict = reason as TokenFault);
    try {
      attempt.authenticate({ jws, key } satisfies SignedToken);
    } catch {
      return this.signatureInvalid(jws); // a strategy that throws has not accepted the token
    }
    return verdict;
  }

  private signatureInvalid({ header: { kid, alg } }: Jws): TokenFault {
    const hasSharedSecret = this.settings.legacy?.key.type === 'secret';
    return fault('signature_invalid', { kind: 'signature', kid, alg, hasSharedSecret });
  }

  /** Returns a Passport instance of its own. In the one of the process, a second application would replace this strategy, which is registered by name. */
  getPassportInstance(): unknown {
    return new passport.Authenticator();
  }
}
