import type { KeyObject } from 'node:crypto';
import { andThen, type Principal, type UnreadableClaim } from '../../core/index.js';
import type { Jws } from '../../jws/index.js';
import { fault, type TokenFault } from '../findings.js';
import type { KeyLookup, KeyStore } from '../keys/key-store.js';
import { checkTokenKind } from '../tokens/check-claims.js';
import type { JwtStrategy, Verdict } from '../tokens/jwt.strategy.js';
import { loadJwtStrategy } from '../tokens/load-jwt-strategy.js';
import { isAtJwt, notAccessToken, type TokenShape } from '../tokens/token-shape.js';
import type { IssuerSettings } from './options/issuer-settings.js';
import { RoleLookup } from './claims/role-lookup.js';
import { isOfAnother } from './claims/role-prefixes.js';
import { throttledReport, type FailureReport } from './throttled-report.js';
import { TokenStatistics } from './token-statistics.js';

/** The principal of a token, or why the token is refused. */
export type Verification = { readonly principal: Principal } | Refused;

/** Why a token is refused. */
interface Refused extends TokenFault {
  readonly retryAfterSeconds?: number;
  /** The unreadable claim because of which the token is refused. */
  readonly unreadable?: UnreadableClaim;
  /** The issuer whose settings were applied. */
  readonly issuer?: string;
}

type FoundKeys = Extract<KeyLookup, { readonly key: KeyObject }>;
type MissingKey = Exclude<KeyLookup, FoundKeys>;

/** Verifies the tokens of one issuer with the keys and settings of that issuer only. */
export class IssuerVerifier {
  private strategy: JwtStrategy | undefined;
  private readonly roles: RoleLookup | undefined;

  constructor(
    readonly settings: IssuerSettings,
    /** `undefined` if the key is part of the settings. */
    readonly keys: KeyStore | undefined,
    /** The statistics of the previous verifier, if the settings were renewed. */
    readonly statistics = new TokenStatistics(),
    /** Called with the reason why roles cannot be looked up, at most once a minute. */
    reportLookup: FailureReport = () => undefined,
  ) {
    this.roles = roleLookup(
      settings,
      throttledReport(reportLookup, () => performance.now()),
    );
  }

  /** How long looked-up roles of a token stay in use, in seconds. */
  get rolesMaxAgeSeconds(): number {
    return this.settings.legacy?.lookup?.maxAgeSeconds ?? Infinity;
  }

  /** Fetches the keys and loads the strategy ahead of the first token. */
  start(): void {
    this.keys?.start();
    // A failure repeats at the first token, which is then refused.
    this.loadStrategy().catch(() => undefined);
  }

  /** Waits until tokens can be verified. @throws the reason why they cannot. */
  async ready(): Promise<void> {
    await Promise.all([this.loadStrategy(), this.keys?.ready()]);
  }

  stop(): void {
    this.keys?.stop();
  }

  /**
   * Identifies what a verification depends on: the same object until something changes that could change the result; `undefined` if no
   * verification may be remembered now.
   */
  state(): object | undefined {
    return this.keys === undefined ? this : this.keys.state();
  }

  /**
   * Verifies a token with a valid shape: algorithm, kind, key, signature, claims. Never throws or rejects. Returns a promise only if a key or roles
   * must be fetched.
   */
  verify(token: string, { jws }: TokenShape): Verification | Promise<Verification> {
    const refused = checkHeader(jws, this.settings) ?? checkTokenKind(jws.claims, this.settings, jws.header.typ);
    if (refused !== undefined) return this.refuse(refused);
    return andThen(this.findKeys(jws), (found) => ('key' in found ? this.verifyWith(found, token, jws) : found));
  }

  /** Finds the keys for a token, or why there are none. */
  findKeys(jws: Jws): FoundKeys | Refused | Promise<FoundKeys | Refused> {
    return andThen(this.keyFor(jws), (found) => ('key' in found ? found : this.withoutKey(found, jws)));
  }

  /** Checks only whether the signature was made with one of the keys. */
  async checkSignature(found: FoundKeys, jws: Jws): Promise<TokenFault | undefined> {
    const verdict = verdictOf(await this.loadStrategy(), found, jws);
    return isUnsigned(verdict) ? verdict : undefined;
  }

  private refuse(found: TokenFault): Verification {
    return { ...found, issuer: this.settings.issuer };
  }

  private withoutKey(found: MissingKey, { header: { kid, alg } }: Jws): Refused {
    const held = this.keys?.held ?? [];
    const finding = found.reason === 'key_unknown' ? ({ kind: 'key', kid, alg, held } as const) : ({ kind: 'keys' } as const);
    return { ...found, finding, issuer: this.settings.issuer };
  }

  private keyFor({ header }: Jws): KeyLookup | Promise<KeyLookup> {
    const { legacy } = this.settings;
    if (legacy !== undefined) return { key: legacy.key };
    return this.keys?.keyFor(header.kid, header.alg) ?? { reason: 'key_unknown' };
  }

  private verifyWith(found: FoundKeys, token: string, jws: Jws): Verification | Promise<Verification> {
    if (this.strategy === undefined)
      return this.loadStrategy().then(
        () => this.verifyWith(found, token, jws),
        // The reason was logged at start.
        () => this.refuse(fault('keys_unavailable', { kind: 'keys' })),
      );
    const verdict = verdictOf(this.strategy, found, jws);
    return isUnsigned(verdict) ? this.verifyReplaced(token, jws, verdict) : this.complete(token, verdict);
  }

  /** The issuer may have replaced the key under the same `kid`. */
  private async verifyReplaced(token: string, jws: Jws, verdict: TokenFault): Promise<Verification> {
    const replaced = await this.keys?.replacedKeyFor(jws.header.kid, jws.header.alg);
    if (replaced === undefined || !('key' in replaced)) return this.refuse(verdict);
    return this.complete(token, verdictOf(await this.loadStrategy(), replaced, jws));
  }

  private complete(token: string, verdict: Verdict): Verification | Promise<Verification> {
    if ('reason' in verdict) return this.refuse(verdict);
    if (this.roles === undefined) return { principal: verdict };
    return this.roles
      .complete(token, verdict)
      .then((completed) => ('reason' in completed ? this.refuse(completed) : { principal: completed }));
  }

  private async loadStrategy(): Promise<JwtStrategy> {
    const JwtStrategy = await loadJwtStrategy();
    return (this.strategy ??= new JwtStrategy(this.settings));
  }
}

/** Checks the header by the issuer's settings (RFC 8725 section 3.1, RFC 9068 section 4). */
export function checkHeader({ header }: Jws, { algorithms, profile }: IssuerSettings): TokenFault | undefined {
  if (!algorithms.includes(header.alg))
    return fault('algorithm_not_allowed', { kind: 'algorithm', came: header.alg, expected: algorithms });
  return profile === 'rfc9068' && !isAtJwt(header) ? notAccessToken(header.typ) : undefined;
}

/** Tries every key with the token's `kid`. */
function verdictOf(strategy: JwtStrategy, { key, others = [] }: FoundKeys, jws: Jws): Verdict {
  let verdict = strategy.verify(jws, key);
  for (const other of others) {
    if (!isUnsigned(verdict)) break;
    verdict = strategy.verify(jws, other);
  }
  return verdict;
}

function isUnsigned(verdict: Verdict): verdict is TokenFault {
  return 'reason' in verdict && verdict.reason === 'signature_invalid';
}

function roleLookup(settings: IssuerSettings, report: (error: unknown) => void): RoleLookup | undefined {
  const { legacy, rolePrefix, maxRoles } = settings;
  if (legacy?.lookup === undefined) return undefined;
  const { role = (name: string) => name } = legacy;
  const translate = (name: string) => role(rolePrefix + name);
  return new RoleLookup(legacy.lookup, maxRoles, translate, report, (name) => isOfAnother(name, settings));
}
