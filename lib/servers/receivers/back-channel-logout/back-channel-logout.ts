import type { KeyStore } from '../../../authentication/index.js';
import { AuthzLogger, RepeatedWarnings } from '../../../authorization/index.js';
import { shown, UnreadableClaim } from '../../../core/index.js';
import type { BackChannelLogoutSettings } from './back-channel-logout-settings.js';
import { LOGOUT_TOKEN, LOGOUT_TOKEN_SECONDS, logoutRule } from './logout-token.js';
import { providerKeys } from '../tokens/receiver-keys.js';
import { revocationsInUse, warnIfUnspread, type ReceiverHost, type ReceiverTarget } from '../tokens/revocations-in-use.js';
import { FAULTS } from '../tokens/token-fault.js';
import { TokenReceiver, type Outcome } from '../tokens/token-receiver.js';
import { TokenVerifier, type VerifiedToken } from '../tokens/token-verifier.js';
import { withdraw } from '../tokens/withdraw.js';

const NAME = 'BackChannelLogoutModule';

/** Hears of logouts at one identity provider, and withdraws what they end. */
export class BackChannelLogout {
  private readonly logger = new AuthzLogger('BackChannelLogout');
  private readonly warnings = new RepeatedWarnings((line) => this.logger.warn(line));
  private readonly keys: KeyStore;
  private readonly receiver: TokenReceiver;

  constructor(
    private readonly settings: BackChannelLogoutSettings,
    private readonly host: ReceiverHost,
  ) {
    const { audience, issuer } = settings;
    this.keys = providerKeys(issuer, this.logger);
    const verifier = new TokenVerifier(LOGOUT_TOKEN, { ...issuer, audience }, this.keys);
    this.receiver = new TokenReceiver(
      verifier,
      (token) => this.end(token),
      // Until it is too old, however far apart the clocks are.
      2 * LOGOUT_TOKEN_SECONDS,
      (message) => this.warnings.warn(message),
    );
  }

  /** @throws AuthzConfigError if the application withdraws no tokens, or none of this issuer. */
  check(): void {
    warnIfUnspread(revocationsInUse(this.host, this.target), NAME, this.logger);
  }

  private get target(): ReceiverTarget {
    return { module: NAME, issuer: this.settings.issuer.issuer, option: 'issuer' };
  }

  /** Fetches the keys, beside the first requests. */
  start(): void {
    this.keys.start();
  }

  stop(): void {
    this.keys.stop();
  }

  /** Never rejects. @param token The value of `logout_token`, or whatever was sent in its place. */
  async receive(token: unknown): Promise<Outcome> {
    const outcome: Outcome =
      typeof token === 'string'
        ? await this.receiver.receive(token)
        : { kind: 'refused', fault: token === undefined ? 'body' : 'malformed' };
    if (outcome.kind === 'refused') this.warnRefused(FAULTS[outcome.fault].description);
    return outcome;
  }

  private warnRefused(description: string): void {
    this.warnings.warn(`A logout token, said to be of ${this.settings.issuer.issuer}, was refused. ${description}`);
  }

  private async end(token: VerifiedToken): Promise<Outcome> {
    const {
      endsSubject,
      issuer: { issuer },
    } = this.settings;
    const revocations = revocationsInUse(this.host, this.target);
    const { subjectClaim } = revocations.inUse().settings;
    const logout = logoutRule(token, { issuer, endsSubject, subjectClaim });
    if (logout instanceof UnreadableClaim) return { kind: 'refused', fault: 'holder' };
    const { rule, isByClaim } = logout;
    if (rule.kind === 'session' && !revocations.hasSeenSession(issuer)) this.warnIneffective(issuer);
    if (rule.kind === 'subject' && !isByClaim) this.warnUnnamed(issuer, subjectClaim ?? []);
    return withdraw(revocations, rule, token.issuedAt);
  }

  private warnUnnamed(issuer: string, subjectClaim: readonly string[]): void {
    this.warnings.warn(
      `A subject of ${shown(issuer)} was logged out, but the logout token does not carry ${shown(subjectClaim.join('.'))} ("revocation.subjectClaim"): ` +
        `it was taken by "sub", which withdraws nothing where access tokens carry that claim. Have the provider put it into logout tokens, or "sid".`,
      'no subject claim',
    );
  }

  private warnIneffective(issuer: string): void {
    this.warnings.warn(
      `A session of ${shown(issuer)} has ended, but no access token of it that names a session ("sid") was seen in this process: if its tokens ` +
        `carry none, the logout withdraws nothing. Have the provider put "sid" into them, or write endsSubject: true, which needs "sub" in logout tokens.`,
      'no sid',
    );
  }
}
