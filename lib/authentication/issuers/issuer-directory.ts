import { BoundedMap } from '../../core/index.js';
import type { ResolverSettings } from '../authentication-settings.js';
import { issOf } from '../tokens/check-claims.js';
import type { IssuerSettings } from './issuer-settings.js';
import { type IssuerVerifier } from './issuer-verifier.js';
import { overlaps, refuseOverlap } from './role-prefixes.js';
import { throttledReport, type FailureReport } from './throttled-report.js';

/** Which issuer a token's `iss` leads to; `undefined`: none of ours; `unavailable`: the resolver did not answer. */
export type IssuerLookup = IssuerVerifier | 'unavailable' | undefined;

/** Makes the verifier of an issuer; keys held by one made before for the same issuer are taken over. */
export type VerifierFactory = (settings: IssuerSettings, before: IssuerVerifier | undefined) => IssuerVerifier;

interface Known {
  readonly verifier: IssuerVerifier;
  /** Milliseconds of the directory's clock. */
  readonly until: number;
}

/** How long a resolver is awaited, in milliseconds. */
const DEADLINE_MS = 5000;
/** How long a resolver that failed is left alone about a name that it answered before, in milliseconds. */
const PAUSE_MS = 5000;
/** Longest `iss` given to a resolver, in characters. */
const MAX_ISSUER_LENGTH = 2048;
/** Most names that a resolver is asked for at one moment; a token with a further one is answered 503. */
const MAX_ASKING = 64;

/** The issuers by exact name: those listed in the options, and those that a resolver knows. */
export class IssuerDirectory {
  /** By their `iss`; `undefined`: the issuer whose tokens have none. */
  private readonly listed: ReadonlyMap<string | undefined, IssuerVerifier>;
  /** The issuers listed in the options, for a message that names them. Put together once: a flood of bad tokens asks for it. */
  readonly names: readonly string[];
  private readonly known: BoundedMap<string, Known>;
  /** Kept apart, so that a flood of made-up names pushes no tenant out: name → until when it counts as unknown. */
  private readonly unknown: BoundedMap<string, number>;
  private readonly asking = new Map<string, Promise<IssuerLookup>>();
  private readonly report: (error: unknown) => void;

  constructor(
    issuers: readonly IssuerSettings[],
    private readonly resolver: ResolverSettings | undefined,
    private readonly createVerifier: VerifierFactory,
    /** Told why a resolver failed, at most once a minute. */
    report: FailureReport,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.listed = new Map(issuers.map((settings) => [issOf(settings), createVerifier(settings, undefined)]));
    this.names = Array.from(this.listed.values(), ({ settings }) => settings.issuer);
    this.known = new BoundedMap(resolver?.maxIssuers ?? 0);
    this.unknown = new BoundedMap(resolver?.maxIssuers ?? 0);
    this.report = throttledReport(report, now);
  }

  /** Every issuer held at the moment. */
  verifiers(): readonly IssuerVerifier[] {
    return [...this.listed.values(), ...Array.from(this.known, ([, { verifier }]) => verifier)];
  }

  /** Whether a function of the application knows further issuers. */
  get isResolved(): boolean {
    return this.resolver !== undefined;
  }

  /** Whether a token without `iss` leads to an issuer. */
  get knowsTokensWithoutIss(): boolean {
    return this.listed.has(undefined);
  }

  /** The issuer of that name. Waits only for a resolver, and only for a name whose answer is not kept. */
  find(iss: string | undefined): IssuerLookup | Promise<IssuerLookup> {
    if (this.resolver === undefined || iss === undefined) return this.listed.get(iss);
    const known = this.known.use(iss);
    if (known !== undefined && this.now() < known.until) return known.verifier;
    if (iss.length > MAX_ISSUER_LENGTH || this.now() < (this.unknown.get(iss) ?? -Infinity)) return undefined;
    return this.ask(iss, this.resolver);
  }

  private ask(iss: string, resolver: ResolverSettings): IssuerLookup | Promise<IssuerLookup> {
    const asked = this.asking.get(iss);
    if (asked !== undefined) return asked;
    if (this.asking.size >= MAX_ASKING) return this.lastAnswer(iss);
    const answer = this.resolve(iss, resolver).finally(() => this.asking.delete(iss));
    this.asking.set(iss, answer);
    return answer;
  }

  private async resolve(iss: string, resolver: ResolverSettings): Promise<IssuerLookup> {
    try {
      return this.keep(iss, await withDeadline(resolver.resolve(iss)), resolver);
    } catch (error) {
      this.report(error);
      const known = this.known.get(iss);
      if (known !== undefined) this.known.set(iss, { ...known, until: this.now() + PAUSE_MS });
      return this.lastAnswer(iss);
    }
  }

  /** The last answer goes on: a database that is down, or busy with made-up names, does not lock out the tenants that it named. */
  private lastAnswer(iss: string): IssuerLookup {
    return this.known.get(iss)?.verifier ?? 'unavailable';
  }

  /** A resolver may have one prefix for all its tenants, but no role of one may look like a role of another. */
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

function withDeadline<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`issuers.resolve() did not answer within ${DEADLINE_MS} ms`)), DEADLINE_MS);
    answer.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
