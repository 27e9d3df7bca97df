import type { KeyObject } from 'node:crypto';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import type { Principal, RefusalReason, UnreadableClaim } from '../../core/index.js';
import { EDWARDS_ALGORITHMS } from '../keys/algorithms.js';
import type { KeyLookup, KeyStore } from '../keys/key-store.js';
import { checkTokenKind } from '../tokens/check-claims.js';
import { verifyEdwards } from '../tokens/edwards.js';
import type { JwtStrategy } from '../tokens/jwt.strategy.js';
import type { RefusedClaim } from '../tokens/token-principal.js';
import { isAtJwt, type TokenShape } from '../tokens/token-shape.js';
import type { IssuerSettings } from './issuer-settings.js';
import { RoleLookup } from './role-lookup.js';
import { isOfAnother } from './role-prefixes.js';
import { throttledReport, type FailureReport } from './throttled-report.js';
import { TokenStatistics } from './token-statistics.js';

// The peers that the strategy builds on: an application that lacks one is not to start.
// eslint-disable-next-line @typescript-eslint/no-meaningless-void-operator -- the compiler leaves out what is not used
void [PassportStrategy, passport];

/** Who a token speaks for, or why it is refused. */
export type Verification =
  | { readonly principal: Principal }
  | {
      readonly reason: RefusalReason;
      readonly retryAfterSeconds?: number;
      /** The claim for which it is refused, and whose token it was: for the log. */
      readonly unreadable?: UnreadableClaim;
      readonly issuer?: string;
    };

/** What a signature and the claims say of a token. */
type Verified = Principal | RefusalReason | RefusedClaim;
type FoundKeys = Extract<KeyLookup, { readonly key: KeyObject }>;

/** Verifies the tokens of one issuer with its keys and by its rules; another issuer's keys never come near. */
export class IssuerVerifier {
  private strategy: JwtStrategy | undefined;
  private readonly roles: RoleLookup | undefined;

  constructor(
    readonly settings: IssuerSettings,
    /** `undefined` where the key is part of the settings. */
    readonly keys: KeyStore | undefined,
    /** Goes on counting where settings were read anew. */
    readonly statistics = new TokenStatistics(),
    /** Told why roles cannot be looked up, at most once a minute. */
    reportLookup: FailureReport = () => undefined,
  ) {
    this.roles = roleLookup(
      settings,
      throttledReport(reportLookup, () => performance.now()),
    );
  }

  /** How long the roles of a token are used without another lookup, in seconds. */
  get rolesMaxAgeSeconds(): number {
    return this.settings.legacy?.lookup?.maxAgeSeconds ?? Infinity;
  }

  /** Fetches and loads ahead of the first token what verifying it takes. */
  start(): void {
    this.keys?.start();
    // What fails here fails again when a token comes, which is then not accepted.
    this.loadStrategy().catch(() => undefined);
  }

  stop(): void {
    this.keys?.stop();
  }

  /**
   * The state under which a token was verified: the same object as long as nothing changed that could change the verdict; `undefined` if it
   * may not be taken for verified at all.
   */
  state(): object | undefined {
    return this.keys === undefined ? this : this.keys.state();
  }

  /** Verifies a token whose shape is good: algorithm, kind, key, signature, claims. Never rejects. */
  async verify(token: string, shape: TokenShape): Promise<Verification> {
    const refused = this.checkHeader(shape) ?? checkTokenKind(shape.claims, this.settings, shape.typ);
    if (refused !== undefined) return { reason: refused };
    const found = this.keyFor(shape);
    const lookup = found instanceof Promise ? await found : found;
    if (!('key' in lookup)) return lookup;
    const verified = await this.verifyWith(lookup, token, shape);
    const renewed = verified === 'signature_invalid' ? await this.keys?.replacedKeyFor(shape.kid, shape.alg) : undefined;
    return this.complete(
      token,
      renewed !== undefined && 'key' in renewed ? await this.verifyWith(renewed, token, shape) : verified,
    );
  }

  /** Several keys may share a `kid`, of which one has signed. */
  private async verifyWith({ key, others = [] }: FoundKeys, token: string, shape: TokenShape): Promise<Verified> {
    let verified = await this.verifySignature(token, shape, key);
    for (const other of others) {
      if (verified !== 'signature_invalid') break;
      verified = await this.verifySignature(token, shape, other);
    }
    return verified;
  }

  private async complete(token: string, verified: Verified): Promise<Verification> {
    if (typeof verified === 'string') return { reason: verified };
    if ('reason' in verified) return { ...verified, issuer: this.settings.issuer };
    const completed = this.roles ? await this.roles.complete(token, verified) : verified;
    return typeof completed === 'string' ? { reason: completed } : { principal: completed };
  }

  private checkHeader(shape: TokenShape): RefusalReason | undefined {
    if (!this.settings.algorithms.includes(shape.alg)) return 'algorithm_not_allowed';
    return this.settings.profile === 'rfc9068' && !isAtJwt(shape) ? 'not_access_token' : undefined;
  }

  private keyFor({ kid, alg }: TokenShape): KeyLookup | Promise<KeyLookup> {
    const { legacy } = this.settings;
    if (legacy !== undefined) return { key: legacy.key };
    return this.keys?.keyFor(kid, alg) ?? { reason: 'key_unknown' };
  }

  private verifySignature(token: string, shape: TokenShape, key: KeyObject): Promise<Verified> {
    if (EDWARDS_ALGORITHMS.has(shape.alg)) return verifyEdwards(token, key, shape, this.settings);
    return this.strategy?.verify(token, key) ?? this.loadStrategy().then((strategy) => strategy.verify(token, key));
  }

  /** Loaded beside the start: it brings passport-jwt with jsonwebtoken, which listening need not wait for. */
  private async loadStrategy(): Promise<JwtStrategy> {
    const { JwtStrategy } = await import('../tokens/jwt.strategy.js');
    return (this.strategy ??= new JwtStrategy(this.settings));
  }
}

function roleLookup(settings: IssuerSettings, report: (error: unknown) => void): RoleLookup | undefined {
  const { legacy, rolePrefix, maxRoles } = settings;
  if (legacy?.lookup === undefined) return undefined;
  const { role = (name: string) => name } = legacy;
  const translate = (name: string) => role(rolePrefix + name);
  return new RoleLookup(legacy.lookup, maxRoles, translate, report, (name) => isOfAnother(name, settings));
}
