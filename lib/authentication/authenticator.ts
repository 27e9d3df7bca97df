import type { Principal, RefusalReason } from '../core/index.js';
import type { IssuerSettings } from './issuer-settings.js';
import { JwtStrategy } from './jwt.strategy.js';
import type { KeyLookup, KeyStore } from './key-store.js';
import { tokenShape, type TokenShape } from './token-shape.js';

/** Who the token speaks for, or why it is refused. */
export type Authentication =
  { readonly principal: Principal } | { readonly reason: RefusalReason; readonly retryAfterSeconds?: number };

/** Turns a bearer token into a principal: shape, issuer, key, signature and claims, in this order. Never throws. */
export class Authenticator {
  private readonly strategy: JwtStrategy;

  constructor(
    /** The issuer whose tokens are accepted. */
    readonly settings: IssuerSettings,
    private readonly keys: KeyStore,
  ) {
    this.strategy = new JwtStrategy(settings);
  }

  /** Fetches keys ahead of the first request. */
  start(): void {
    this.keys.start();
  }

  stop(): void {
    this.keys.stop();
  }

  async authenticate(token: string): Promise<Authentication> {
    const shape = tokenShape(token, this.settings.algorithms);
    if (typeof shape === 'string') return { reason: shape };
    if (!this.isFromOurIssuer(shape)) return { reason: 'issuer_unknown' };
    const found = this.keys.keyFor(shape.kid, shape.alg);
    return this.verify(token, found instanceof Promise ? await found : found);
  }

  private async verify(token: string, found: KeyLookup): Promise<Authentication> {
    if (!('key' in found)) return found;
    const verified = await this.strategy.verify(token, found.key);
    return typeof verified === 'string' ? { reason: verified } : { principal: verified };
  }

  /** Read before the signature is checked, and only to refuse: keys belong to an issuer. */
  private isFromOurIssuer({ unverifiedClaims }: TokenShape): boolean {
    return Object.hasOwn(unverifiedClaims, 'iss') && unverifiedClaims['iss'] === this.settings.issuer;
  }
}
