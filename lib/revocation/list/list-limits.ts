import type { RevocationEntry } from '../rules/revocation-entry.js';

/** Limits of a list of rules. */
export interface ListLimits {
  /** Most rules held. */
  readonly maxEntries: number;
  /** Longest lifetime of a token, in seconds; `undefined`: not limited, so that only the rules' own `expiresAt` counts. */
  readonly maxTokenLifetimeSeconds: number | undefined;
  /** Lifetimes of issuers that differ from it. Default: none. */
  readonly lifetimes?: ReadonlyMap<string, number | undefined> | undefined;
  /** Largest assumed difference between clocks, in seconds. Rules are kept for twice this time after they expire. */
  readonly clockToleranceSeconds: number;
}

/** Whether the last token that an entry is about has expired, by any clock. */
export function hasExpired(
  { expiresAt }: RevocationEntry,
  nowSeconds: number,
  { clockToleranceSeconds }: Pick<ListLimits, 'clockToleranceSeconds'>,
): boolean {
  return expiresAt <= nowSeconds - 2 * clockToleranceSeconds;
}

/** Longest lifetime of the tokens that a rule is about, in seconds; `undefined`: not limited. @param issuer Empty for all issuers. */
export function lifetimeOf(
  { maxTokenLifetimeSeconds, lifetimes }: Pick<ListLimits, 'maxTokenLifetimeSeconds' | 'lifetimes'>,
  issuer: string,
): number | undefined {
  if (lifetimes === undefined || lifetimes.size === 0) return maxTokenLifetimeSeconds;
  if (issuer !== '') return lifetimes.has(issuer) ? lifetimes.get(issuer) : maxTokenLifetimeSeconds;
  const all = [maxTokenLifetimeSeconds, ...lifetimes.values()];
  return all.includes(undefined) ? undefined : Math.max(...(all as number[]));
}
