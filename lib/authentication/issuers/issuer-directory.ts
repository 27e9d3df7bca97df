import { BoundedMap } from '../../core/index.js';
import type { ResolverSettings } from '../authentication-settings.js';
import { issOf } from '../tokens/check-claims.js';
import type { IssuerSettings } from './options/issuer-settings.js';
import { type IssuerVerifier } from './issuer-verifier.js';
import { overlaps, refuseOverlap } from './claims/role-prefixes.js';
import { throttledReport, type FailureReport } from './throttled-report.js';

/** The verifier for a token's `iss`; `undefined`: the issuer is not trusted; `unavailable`: the resolver failed. */
export type IssuerLookup = IssuerVerifier | 'unavailable' | undefined;

/** Makes the verifier of an issuer. It takes over the keys of the verifier made before for that issuer. */
export type VerifierFactory = (settings: IssuerSettings, before: IssuerVerifier | undefined) => IssuerVerifier;

interface Known {
  readonly verifier: IssuerVerifier;
  /** End of the entry, in milliseconds of the directory's clock. */
  readonly until: number;
}

/** Time limit for a call of the resolver, in milliseconds. */
const DEADLINE_MS = 5000;
/** After a failure, the resolver is not called again for a known issuer for this time, in milliseconds. */
const PAUSE_MS = 5000;
/** Longest `iss` with which the resolver is called, in characters. */
const MAX_ISSUER_LENGTH = 2048;
/** Most calls of the resolver at the same time. A token that needs a further one gets 503. */
const MAX_PENDING = 64;

/** Finds issuers by their exact name: those listed in the options, and those of a resolver. */
export class IssuerDirectory {
  /** By `iss`; under `undefined`, the issuer whose tokens have none. */
  private readonly listed: ReadonlyMap<string | undefined, IssuerVerifier>;
  /** The issuers listed in the options, for messages. Computed once: a flood of bad tokens needs it each time. */
  readonly names: readonly string[];
  private readonly known: BoundedMap<string, Known>;
  /** Unknown names, each with the end of the entry. Kept apart from the known ones, so that a flood of invented names evicts no tenant. */
  private readonly unknown: BoundedMap<string, number>;
  private readonly pending = new Map<string, Promise<IssuerLookup>>();
  private readonly report: (error: unknown) => void;

  constructor(
    issuers: readonly IssuerSettings[],
    private readonly resolver: ResolverSettings | undefined,
    private readonly createVerifier: VerifierFactory,
    /** Called with the reason why the resolver failed, at most once a minute. */
    report: FailureReport,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.listed = new Map(issuers.map((settings) => [issOf(settings), createVerifier(settings, undefined)]));
    this.names = Array.from(this.listed.values(), ({ settings }) => settings.issuer);
    this.known = new BoundedMap(resolver?.maxIssuers ?? 0);
    this.unknown = new BoundedMap(resolver?.maxIssuers ?? 0);
    this.report = throttledReport(report, now);
  }

  /** Returns the verifiers of all issuers held at the moment. */
  verifiers(): readonly IssuerVerifier[] {
    return [...this.listed.values(), ...Array.from(this.known, ([, { verifier }]) => verifier)];
  }

  /** Whether a resolver of the application finds further issuers. */
  get isResolved(): boolean {
    return this.resolver !== undefined;
  }

  /** Whether tokens without `iss` are accepted. */
  get knowsTokensWithoutIss(): boolean {
    return this.listed.has(undefined);
  }

  /** Finds the issuer of that name. Returns a promise only if the resolver must be called. */
  find(iss: string | undefined): IssuerLookup | Promise<IssuerLookup> {
    if (this.resolver === undefined || iss === undefined) return this.listed.get(iss);
    const known = this.known.use(iss);
    if (known !== undefined && this.now() < known.until) return known.verifier;
    if (iss.length > MAX_ISSUER_LENGTH || this.now() < (this.unknown.get(iss) ?? -Infinity)) return undefined;
    return this.resolveOnce(iss, this.resolver);
  }

  private resolveOnce(iss: string, resolver: ResolverSettings): IssuerLookup | Promise<IssuerLookup> {
    const pending = this.pending.get(iss);
    if (pending !== undefined) return pending;
    if (this.pending.size >= MAX_PENDING) return this.lastResult(iss);
    const result = this.resolve(iss, resolver).finally(() => this.pending.delete(iss));
    this.pending.set(iss, result);
    return result;
  }

  private async resolve(iss: string, resolver: ResolverSettings): Promise<IssuerLookup> {
    try {
      return this.keep(iss, await withDeadline(resolver.resolve(iss)), resolver);
    } catch (error) {
      this.report(error);
      const known = this.known.get(iss);
      if (known !== undefined) this.known.set(iss, { ...known, until: this.now() + PAUSE_MS });
      return this.lastResult(iss);
    }
  }

  /** The last result stays in use: a database that is down, or busy with invented names, locks out no known tenant. */
  private lastResult(iss: string): IssuerLookup {
    return this.known.get(iss)?.verifier ?? 'unavailable';
  }

  /** Tenants of a resolver may share one prefix, but their different prefixes must not overlap: a role of one could be read as a role of another. */
  private refuseOverlap(settings: IssuerSettings): void {
    for (const [iss, { verifier }] of this.known) {
      const other = verifier.settings;
      if (iss !== settings.issuer && other.rolePrefix !== settings.rolePrefix && overlaps(other, settings))
        refuseOverlap(other, settings);
    }
  }

  private keep(iss: string, settings: IssuerSettings | undefined, resolver: ResolverSettings): IssuerVerifier | undefined {
    const until = this.now() + resolver.refreshSeconds * 1000;
    const before = this.known.get(iss)?.verifier;
    if (settings === undefined) {
      this.known.delete(iss);
      before?.stop();
      this.unknown.set(iss, until);
      return undefined;
    }
    this.refuseOverlap(settings);
    const verifier = this.createVerifier(settings, before);
    if (verifier.keys !== before?.keys) verifier.start();
    this.known.set(iss, { verifier, until })?.verifier.stop();
    return verifier;
  }
}

function withDeadline<T>(result: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`issuers.resolve() did not answer within ${DEADLINE_MS} ms`)), DEADLINE_MS);
    result.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
