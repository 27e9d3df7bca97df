import { AuthzConfigError, claimPathKeys, isRecord, numberOption, refuseUnknownMembers, shown } from '../core/index.js';
import type { RevocationFeed } from './feed/revocation-feed.interface.js';
import type { ListLimits } from './list/list-limits.js';
import type { RevocationSetup } from './revocation-options.interface.js';

/** What the options say about the tokens that rules are about. */
export interface TokenTerms {
  /** Issuer of rules that name none; `undefined` with several issuers. */
  readonly issuer: string | undefined;
  /** Issuers whose tokens are accepted; `undefined`: not limited to a list. Default: not limited. */
  readonly issuers?: readonly string[] | undefined;
  readonly maxTokenLifetimeSeconds: number | undefined;
  /** Lifetimes of issuers that differ from `maxTokenLifetimeSeconds`. Default: none. */
  readonly lifetimes?: ReadonlyMap<string, number | undefined> | undefined;
  readonly clockToleranceSeconds: number;
}

/** The option `revocation`, checked and complete. */
export interface RevocationSettings extends ListLimits, TokenTerms {
  readonly feed: RevocationFeed | undefined;
  readonly diskCopy: string | undefined;
  readonly pollIntervalMs: number;
  readonly maxStalenessMs: number;
  readonly onStale: NonNullable<RevocationSetup['onStale']>;
  readonly freshTokenSeconds: number;
  readonly subjectClaim: readonly string[] | undefined;
}

const OPTIONS: Record<keyof RevocationSetup, true> = {
  feed: true,
  diskCopy: true,
  pollIntervalSeconds: true,
  maxStalenessSeconds: true,
  onStale: true,
  freshTokenSeconds: true,
  maxEntries: true,
  subjectClaim: true,
};

const ON_STALE = ['serve', 'deny', 'require-fresh-token'] as const;

/** @throws AuthzConfigError naming the first option that is wrong. */
export function parseRevocationSettings(setup: unknown, terms: TokenTerms): RevocationSettings | undefined {
  if (setup === undefined) return undefined;
  if (!isRecord(setup))
    throw new AuthzConfigError(
      'AUTHZ_REVOCATION',
      `"revocation" must be an object such as { feed: redisRevocations({ client }) }, got ${shown(setup)}.`,
    );
  refuseUnknownMembers(setup, Object.keys(OPTIONS), '"revocation"');
  const given = setup as unknown as RevocationSetup;
  const pollIntervalSeconds = count(given, 'pollIntervalSeconds', 'seconds', 1, 3600, 5);
  return {
    ...terms,
    feed: feedOf(given.feed),
    diskCopy: diskCopy(given.diskCopy),
    pollIntervalMs: pollIntervalSeconds * 1000,
    maxStalenessMs:
      count(given, 'maxStalenessSeconds', 'seconds', 2 * pollIntervalSeconds, 2_592_000, Math.max(60, 2 * pollIntervalSeconds)) *
      1000,
    onStale: onStale(given),
    freshTokenSeconds: count(given, 'freshTokenSeconds', 'seconds', 10, 86_400, 300),
    maxEntries: count(given, 'maxEntries', 'rules', 100, 10_000_000, 1_000_000),
    subjectClaim: given.subjectClaim === undefined ? undefined : claimPathKeys(given.subjectClaim, 'revocation.subjectClaim'),
  };
}

function count(
  given: RevocationSetup,
  name: 'pollIntervalSeconds' | 'maxStalenessSeconds' | 'freshTokenSeconds' | 'maxEntries',
  unit: string,
  min: number,
  max: number,
  byDefault: number,
): number {
  return numberOption(given[name], { option: `revocation.${name}`, unit, min, max, default: byDefault });
}

/** The value is not shown: it may be a client that contains a password. */
function feedOf(value: unknown): RevocationFeed | undefined {
  if (value === null) return undefined;
  if (isRecord(value) && typeof value['read'] === 'function' && typeof value['name'] === 'string')
    return value as unknown as RevocationFeed;
  throw new AuthzConfigError(
    'AUTHZ_REVOCATION_FEED',
    `"revocation.feed" must be a feed such as redisRevocations({ client }), or null if what is revoked in this process may stay in it, got ${
      value === undefined ? 'nothing' : `a value of type ${typeof value} that is none`
    }.`,
  );
}

function diskCopy(value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new AuthzConfigError(
    'AUTHZ_REVOCATION_DISK_COPY',
    `"revocation.diskCopy" must be the path of a file, got ${shown(value)}.`,
  );
}

function onStale({ onStale: value = 'serve', freshTokenSeconds }: RevocationSetup): RevocationSettings['onStale'] {
  if (!ON_STALE.includes(value))
    throw new AuthzConfigError(
      'AUTHZ_REVOCATION_ON_STALE',
      `"revocation.onStale" must be one of ${ON_STALE.join(', ')} (default serve), got ${shown(value)}.`,
    );
  if (freshTokenSeconds === undefined || value === 'require-fresh-token') return value;
  throw new AuthzConfigError(
    'AUTHZ_REVOCATION_FRESH',
    `"revocation.freshTokenSeconds" says what onStale: 'require-fresh-token' asks for, but "onStale" is ${shown(value)}. Write that, or leave it out.`,
  );
}
