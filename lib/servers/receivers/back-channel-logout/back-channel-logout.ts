import type { KeyStore } from '../../../authentication/index.js';
import { AuthzLogger, RepeatedWarnings } from '../../../authorization/index.js';
import { shown, UnreadableClaim } from '../../../core/index.js';
import type { BackChannelLogoutSettings } from './back-channel-logout-settings.js';
import { LOGOUT_TOKEN, LOGOUT_TOKEN_SECONDS, logoutRule } from './logout-token.js';
import { providerKeys } from '../tokens/receiver-keys.js';
import { revocationsInUse, warnIfNotShared, type ReceiverHost, type ReceiverTarget } from '../tokens/revocations-in-use.js';
import { FAULTS } from '../tokens/token-fault.js';
import type { Outcome } from '../tokens/outcome.js';
import { TokenReceiver } from '../tokens/token-receiver.js';
import { TokenVerifier, type VerifiedToken } from '../tokens/token-verifier.js';
import { revokeTokens } from '../tokens/revoke-tokens.js';

const NAME = 'BackChannelLogoutModule';

/** Handles the logouts of one identity provider, and revokes the tokens that they end. */
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
      // Until the token is too old, even if the clocks differ.
      2 * LOGOUT_TOKEN_SECONDS,
      (message) => this.warnings.warn(message),
    );
  }

  /** @throws AuthzConfigError if the application cannot revoke tokens, or accepts none of this issuer. */
  check(): void {
    warnIfNotShared(revocationsInUse(this.host, this.target), NAME, this.logger);
  }

  private get target(): ReceiverTarget {
    return { module: NAME, issuer: this.settings.issuer.issuer, option: 'issuer' };
  }

  /** Starts to fetch the keys, without waiting for them. */
  start(): void {
    this.keys.start();
  }

  stop(): void {
    this.keys.stop();
  }

  /** Never rejects. @param token The value of `logout_token`, of any type. */
  async receive(token: unknown): Promise<Outcome> {
    const outcome: Outcome =
      typeof token === 'string'
        ? await this.receiver.receive(token)
        : { kind: 'refused', fault: token === undefined ? 'body' : 'malformed' };
    if (outcome.kind === 'refused') this.warnRefused(FAULTS[outcome.fault].description);
    return outcome;
  }

  private warnRefused(description: string): void {
    this.warnings.warn(`Refused a logout token that names the issuer ${this.settings.issuer.issuer}. ${description}`);
  }

  private async end(token: VerifiedToken): Promise<Outcome> {
    const {
      endsSubject,
      issuer: { issuer },
    } = this.settings;
    const revocations = revocationsInUse(this.host, this.target);
    const { subjectClaim } = revocations.inUse().settings;
    const logout = logoutRule(token, { issuer, endsSubject, subjectClaim });
    if (logout instanceof UnreadableClaim) return { kind: 'refused', fault: 'subject' };
    const { rule, isByClaim } = logout;
    if (rule.kind === 'session' && !revocations.hasSeenSession(issuer)) this.warnIneffective(issuer);
    if (rule.kind === 'subject' && !isByClaim) this.warnUnnamed(issuer, subjectClaim ?? []);
    return revokeTokens(revocations, rule, token.issuedAt);
  }

  private warnUnnamed(issuer: string, subjectClaim: readonly string[]): void {
    this.warnings.warn(
      `A subject of ${shown(issuer)} was logged out, but the logout token has no claim ${shown(subjectClaim.join('.'))} ("revocation.subjectClaim"): ` +
        `"sub" was used, which revokes nothing if access tokens have that claim. Configure the provider to add the claim, or "sid", to logout tokens.`,
      'no subject claim',
    );
  }

  private warnIneffective(issuer: string): void {
    this.warnings.warn(
      `A session of ${shown(issuer)} has ended, but this process has seen no access token of that issuer with a session id ("sid"): if its tokens ` +
        `have none, the logout revokes nothing. Configure the provider to add "sid" to them, or write endsSubject: true, which needs "sub" in logout tokens.`,
      'no sid',
    );
  }
}
