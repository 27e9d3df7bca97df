import type { KeyObject } from 'node:crypto';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { Strategy } from 'passport-jwt';
import type { Principal } from '../../core/index.js';
import { verifyJws, type Jws } from '../../jws/index.js';
import { fault, type TokenFault } from '../findings.js';
import type { Claims } from '../issuers/issuer-options.interface.js';
import type { IssuerSettings } from '../issuers/issuer-settings.js';
import { tokenPrincipal, type RefusedClaim } from './token-principal.js';

/** Who a token speaks for, or why it is refused. */
export type Verdict = Principal | TokenFault | RefusedClaim;

const INDETERMINATE = fault('indeterminate', { kind: 'unverified' });

/** What the strategy authenticates in place of a request: the same on every transport. */
interface SignedToken {
  readonly jws: Jws;
  readonly key: KeyObject;
}

/**
 * Passport's JWT strategy for one issuer. Its verification step is ours: passport-jwt's own is jsonwebtoken, which decodes and parses each token
 * once more, ignores `crit`, accepts RSA keys of 1024 bits and does not know Ed25519.
 */
export class JwtStrategy extends PassportStrategy(Strategy, 'authz-jwt') {
  constructor(private readonly settings: IssuerSettings) {
    // passport-jwt insists on both. What they would give, authenticate() is given.
    super({ jwtFromRequest: () => null, secretOrKeyProvider: () => undefined });
  }

  /** Called by Passport, and by {@link verify}. The token has passed the shape check, and its key was chosen before. */
  override authenticate(token: unknown): void {
    const { jws, key } = token as SignedToken;
    const verdict = verifyJws(jws, key) ? this.validate(jws.claims) : this.signatureInvalid(jws);
    if ('reason' in verdict) this.fail(verdict, 401);
    else this.success(verdict);
  }

  /** The claims of a token whose signature is good: checked, and turned into the principal. */
  validate(claims: Claims): Verdict {
    return tokenPrincipal(claims, this.settings);
  }

  /** Verifies a token with a key. */
  verify(jws: Jws, key: KeyObject): Verdict {
    let verdict: Verdict = INDETERMINATE; // not accepted unless the strategy says so
    // As passport.authenticate() does it for each request, without what a token has no part in: sessions, log-in, redirects.
    const attempt = Object.create(this) as this;
    attempt.success = (principal: Principal) => (verdict = principal);
    attempt.fail = (reason: unknown) => (verdict = reason as TokenFault);
    try {
      attempt.authenticate({ jws, key } satisfies SignedToken);
    } catch {
      return this.signatureInvalid(jws); // what throws has not accepted the token
    }
    return verdict;
  }

  private signatureInvalid({ header: { kid, alg } }: Jws): TokenFault {
    const hasSharedSecret = this.settings.legacy?.key.type === 'secret';
    return fault('signature_invalid', { kind: 'signature', kid, alg, hasSharedSecret });
  }

  /** A Passport of its own: registered by name in the one of the process, a second application in it would replace the first one's. */
  getPassportInstance(): unknown {
    return new passport.Authenticator();
  }
}
