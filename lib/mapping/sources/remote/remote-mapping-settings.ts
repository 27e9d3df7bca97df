import { AuthzConfigError, numberOption, shown } from '../../../core/index.js';
import type { MappingFreshness } from '../../mapping-source.interface.js';
import { parseMapping } from '../../document/parse-mapping.js';
import type { RemoteMappingOptions } from './remote-mapping-options.interface.js';

/** The names of the options that every remote source has. */
export const REMOTE_MAPPING_OPTIONS: readonly (keyof RemoteMappingOptions)[] = [
  'pollIntervalSeconds',
  'timeoutMs',
  'maxBytes',
  'diskCopy',
  'seed',
  'maxStalenessSeconds',
  'onStale',
  'allowRollback',
];

/** The options of a remote source, checked and with defaults. */
export interface RemoteMappingSettings {
  readonly pollIntervalMs: number;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly diskCopy: string | undefined;
  readonly seed: RemoteMappingOptions['seed'];
  readonly freshness: MappingFreshness;
  readonly allowRollback: boolean;
}

/** Checks the options of a remote source. @throws AuthzConfigError naming the first wrong option. */
export function remoteMappingSettings(options: RemoteMappingOptions): RemoteMappingSettings {
  const pollIntervalSeconds = numberOption(options.pollIntervalSeconds, {
    option: 'pollIntervalSeconds',
    unit: 'seconds',
    min: 1,
    max: 86_400,
    default: 30,
  });
  return {
    pollIntervalMs: pollIntervalSeconds * 1000,
    timeoutMs: numberOption(options.timeoutMs, {
      option: 'timeoutMs',
      unit: 'milliseconds',
      min: 10,
      max: 60_000,
      default: 5000,
    }),
    maxBytes: numberOption(options.maxBytes, {
      option: 'maxBytes',
      unit: 'bytes',
      min: 1,
      max: 256 * 1024 * 1024,
      default: 8 * 1024 * 1024,
    }),
    diskCopy: diskCopy(options.diskCopy),
    seed: seed(options.seed, options.onStale),
    freshness: {
      maxStalenessSeconds: numberOption(options.maxStalenessSeconds, {
        option: 'maxStalenessSeconds',
        unit: 'seconds',
        min: 2 * pollIntervalSeconds,
        max: Number.MAX_SAFE_INTEGER,
        default: Math.max(86_400, 2 * pollIntervalSeconds),
      }),
      onStale: onStale(options.onStale),
    },
    allowRollback: allowRollback(options.allowRollback),
  };
}

function diskCopy(value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new AuthzConfigError('AUTHZ_MAPPING_DISK_COPY', `"diskCopy" must be the path of a file, got ${shown(value)}.`);
}

function seed(value: unknown, stale: unknown): RemoteMappingOptions['seed'] {
  if (value !== undefined && stale === 'deny')
    throw new AuthzConfigError(
      'AUTHZ_MAPPING_SEED',
      `"seed" would never serve beside "onStale": 'deny', since nobody knows how old it is. Leave out one of the two.`,
    );
  if (value !== undefined) parseMapping(value, 'the option "seed"'); // a faulty seed stops the start
  return value as RemoteMappingOptions['seed'];
}

function onStale(value: unknown): MappingFreshness['onStale'] {
  if (value === undefined) return 'serve';
  if (value === 'serve' || value === 'deny') return value;
  throw new AuthzConfigError('AUTHZ_MAPPING_ON_STALE', `"onStale" must be 'serve' (default) or 'deny', got ${shown(value)}.`);
}

function allowRollback(value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw new AuthzConfigError('AUTHZ_MAPPING_ROLLBACK', `"allowRollback" must be true or false (default), got ${shown(value)}.`);
}
