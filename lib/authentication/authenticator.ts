import { andThen, messageOf, type Principal } from '../core/index.js';
import { fault, type TokenFault } from './findings.js';
import type { AuthenticationSettings } from './authentication-settings.js';
import type { IssuerDirectory, IssuerLookup } from './issuers/issuer-directory.js';
import type { IssuerSettings } from './issuers/options/issuer-settings.js';
import { IssuerVerifier, type Verification } from './issuers/issuer-verifier.js';
import type { IssuerStatistics } from './issuers/token-statistics.js';
import { issuerUnknown } from './tokens/check-claims.js';
import { loadJwtStrategy } from './tokens/load-jwt-strategy.js';
import { tokenShape, type TokenShape } from './tokens/token-shape.js';
import { VerifiedTokens } from './tokens/verified-tokens.js';

/** Called with an accepted token that is larger than every one before and than the budget. */
export type LargeTokenReport = (issuer: string, bytes: number, roles: number) => void;

/** Size in bytes above which a token is reported: half of the 8 KiB that common servers allow for all headers together. */
export const TOKEN_BUDGET_BYTES = 4096;

/**
 * Turns a bearer token into a principal: checks shape, issuer, kind, key, signature and claims, in this order. A token verified before skips the
 * checks until it expires or the issuer's keys change. Never throws or rejects.
 */
export class Authenticator {
  private readonly verified: VerifiedTokens;

  constructor(
    readonly settings: AuthenticationSettings,
    private readonly issuers: IssuerDirectory,
    private readonly reportLarge: LargeTokenReport = () => undefined,
  ) {
    this.verified = new VerifiedTokens(settings.verifiedTokens);
  }

  /** Fetches keys ahead of the first request, and loads the strategy. @param report Called with the reason why the strategy cannot be loaded. */
  start(report: (fault: string) => void = () => undefined): void {
    for (const verifier of this.issuers.verifiers()) verifier.start();
    loadJwtStrategy().catch((error: unknown) =>
      report(`Tokens cannot be verified, so requests with a token get 503: ${messageOf(error)}`),
    );
  }

  /** Waits until the tokens of every issuer held can be verified. @throws the reason why they cannot. */
  async ready(): Promise<void> {
    await Promise.all(this.issuers.verifiers().map((verifier) => verifier.ready()));
  }

  stop(): void {
    for (const verifier of this.issuers.verifiers()) verifier.stop();
  }

  /** Returns number, size and role counts of the tokens of each issuer. */
  statistics(): readonly IssuerStatistics[] {
    return this.issuers.verifiers().map(({ statistics, settings }) => statistics.of(settings.issuer));
  }

  /** Returns the current settings of an issuer; `undefined` for one that is not held. */
  settingsOf(issuer: string): IssuerSettings | undefined {
    return this.issuers.verifiers().find(({ settings }) => settings.issuer === issuer)?.settings;
  }

  /** Returns a promise only if a key, an issuer or roles must be fetched. */
  authenticate(token: string): Verification | Promise<Verification> {
    return this.verifiedBefore(token) ?? this.verify(token);
  }

  private verifiedBefore(token: string): Verification | undefined {
    const known = this.verified.find(token, Date.now() / 1000);
    if (known === undefined) return undefined;
    const verifier = this.issuers.find(known.iss);
    if (!(verifier instanceof IssuerVerifier) || verifier !== known.verifier || verifier.state() !== known.state)
      return undefined;
    this.count(verifier, token, known.principal);
    return known;
  }

  private verify(token: string): Verification | Promise<Verification> {
    const shape = tokenShape(token, this.settings.maxTokenBytes, this.issuers.knowsTokensWithoutIss);
    if ('reason' in shape) return shape.finding.kind === 'issuer' ? this.unknownIssuer(shape.finding.came) : shape;
    return andThen(this.issuers.find(shape.iss), (verifier) => this.verifyBy(verifier, token, shape));
  }

  private verifyBy(verifier: IssuerLookup, token: string, shape: TokenShape): Verification | Promise<Verification> {
    if (verifier === undefined) return this.unknownIssuer(shape.iss);
    if (verifier === 'unavailable') return fault('keys_unavailable', { kind: 'resolver', came: shape.iss });
    return andThen(verifier.verify(token, shape), (verification) => {
      if ('principal' in verification) this.remember(verifier, token, shape.iss, verification.principal);
      else verifier.statistics.refuse();
      return verification;
    });
  }

  private unknownIssuer(came: unknown): TokenFault {
    return issuerUnknown(came, this.issuers.names, this.issuers.isResolved);
  }

  private remember(verifier: IssuerVerifier, token: string, iss: string | undefined, principal: Principal): void {
    this.count(verifier, token, principal);
    const state = verifier.state();
    if (state === undefined) return;
    const rolesEndAt = Date.now() / 1000 + verifier.rolesMaxAgeSeconds;
    const endsAt = Math.min(principal.expiresAt, rolesEndAt);
    this.verified.remember({ token, iss, principal, endsAt, verifier, state });
  }

  private count({ statistics, settings }: IssuerVerifier, token: string, { roles }: Principal): void {
    const isLargest = statistics.accept(token.length, roles.length);
    if (isLargest && token.length > TOKEN_BUDGET_BYTES) this.reportLarge(settings.issuer, token.length, roles.length);
  }
}
