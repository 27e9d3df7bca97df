import {
  AuthzConfigError,
  choiceOption,
  claimPathKeys,
  kindOf,
  membersOf,
  numberOption,
  type NumberRule,
  optional,
  peek,
  readOptions,
  shown,
  stringOption,
} from '../core/index.js';
import type { RevocationFeed } from './feed/revocation-feed.interface.js';
import type { ListLimits } from './list/list-limits.js';
import type { RevocationSetup } from './revocation-options.interface.js';

/** The module's settings about the tokens that rules apply to. */
export interface TokenTerms {
  /** The issuer of rules that name none; `undefined` if there are several issuers. */
  readonly issuer: string | undefined;
  /** Issuers whose tokens are accepted. `undefined`: not limited, as with a resolver. */
  readonly issuers?: readonly string[] | undefined;
  readonly maxTokenLifetimeSeconds: number | undefined;
  /** `maxTokenLifetimeSeconds` of the issuers that override the module's. Default: none. */
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

const MEMBERS = membersOf<RevocationSetup>()([
  'feed',
  'diskCopy',
  'pollIntervalSeconds',
  'maxStalenessSeconds',
  'onStale',
  'freshTokenSeconds',
  'maxEntries',
  'subjectClaim',
]);

type Given = Readonly<Partial<Record<(typeof MEMBERS)[number], unknown>>>;

/** Reads and checks the option `revocation`. @throws AuthzConfigError */
export function parseRevocationSettings(setup: unknown, terms: TokenTerms): RevocationSettings | undefined {
  if (setup === undefined) return undefined;
  const example = '{ feed: redisRevocations({ client }) }';
  const given = readOptions(setup, { place: '"revocation"', members: MEMBERS, example, isSecret: true });
  const pollIntervalSeconds = bounded(given, 'pollIntervalSeconds', { unit: 'seconds', min: 1, max: 3600, default: 5 });
  const leastStaleness = 2 * pollIntervalSeconds;
  const maxStalenessSeconds = bounded(given, 'maxStalenessSeconds', {
    unit: 'seconds',
    min: leastStaleness,
    max: 2_592_000,
    default: Math.max(60, leastStaleness),
  });
  return {
    ...terms,
    feed: feedOf(given.feed),
    diskCopy: optional(given.diskCopy, (value) =>
      stringOption(value, 'revocation.diskCopy', 'the path of a file', (path) => path !== ''),
    ),
    pollIntervalMs: pollIntervalSeconds * 1000,
    maxStalenessMs: maxStalenessSeconds * 1000,
    onStale: onStale(given),
    freshTokenSeconds: bounded(given, 'freshTokenSeconds', { unit: 'seconds', min: 10, max: 86_400, default: 300 }),
    maxEntries: bounded(given, 'maxEntries', { unit: 'rules', min: 100, max: 10_000_000, default: 1_000_000 }),
    subjectClaim: optional(given.subjectClaim, (value) => claimPathKeys(value, 'revocation.subjectClaim')),
  };
}

function bounded(given: Given, name: keyof Given, rule: Omit<NumberRule, 'option'>): number {
  return numberOption(given[name], { option: `revocation.${name}`, ...rule });
}

/** Reads the feed, which has no default: the application must decide whether instances share their rules. */
function feedOf(value: unknown): RevocationFeed | undefined {
  if (value === null) return undefined;
  if (typeof peek(value, 'read') === 'function' && typeof peek(value, 'name') === 'string') return value as RevocationFeed;
  // The message does not show the value: it may be a client that contains a password.
  throw new AuthzConfigError(
    'AUTHZ_REVOCATION_FEED',
    `"revocation.feed" must be a feed such as redisRevocations({ client }), or null if rules apply in this process only, got ${kindOf(value)}.`,
  );
}

function onStale({ onStale: value, freshTokenSeconds }: Given): RevocationSettings['onStale'] {
  const choices = ['serve', 'deny', 'require-fresh-token'] as const;
  const chosen = choiceOption(value, 'revocation.onStale', choices, { byDefault: 'serve' });
  if (freshTokenSeconds === undefined || chosen === 'require-fresh-token') return chosen;
  throw new AuthzConfigError(
    'AUTHZ_OPTION_CONFLICT',
    `"revocation.freshTokenSeconds" has no effect beside onStale: ${shown(chosen)}. Write onStale: 'require-fresh-token', or leave out "freshTokenSeconds".`,
  );
}
