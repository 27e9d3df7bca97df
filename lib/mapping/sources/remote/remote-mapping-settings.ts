import {
  AuthzConfigError,
  choiceOption,
  flagOption,
  memberPath,
  membersOf,
  numberOption,
  type NumberRule,
  optional,
  stringOption,
} from '../../../core/index.js';
import type { MappingFreshness } from '../../mapping-source.interface.js';
import { parseMapping } from '../../document/parse-mapping.js';
import type { RemoteMappingOptions } from './remote-mapping-options.interface.js';

/** The names of the options of every remote source. */
export const REMOTE_MAPPING_OPTIONS = membersOf<RemoteMappingOptions>()([
  'pollIntervalSeconds',
  'timeoutMs',
  'maxBytes',
  'diskCopy',
  'seed',
  'maxStalenessSeconds',
  'onStale',
  'allowRollback',
]);

/** The options of a remote source, checked and complete. */
export interface RemoteMappingSettings {
  readonly pollIntervalMs: number;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly diskCopy: string | undefined;
  readonly seed: RemoteMappingOptions['seed'];
  readonly freshness: MappingFreshness;
  readonly allowRollback: boolean;
}

const MIB = 1024 * 1024;
const DAY_SECONDS = 86_400;

/**
 * Reads and checks the options of every remote source.
 *
 * @param place Name in messages of the function that takes the options: `httpBundle()`.
 * @throws AuthzConfigError
 */
export function remoteMappingSettings(
  given: { readonly [member in keyof RemoteMappingOptions]?: unknown },
  place: string,
): RemoteMappingSettings {
  const at = (name: keyof RemoteMappingOptions) => memberPath(place, name);
  const bounded = (name: 'timeoutMs' | 'maxBytes' | 'pollIntervalSeconds' | 'maxStalenessSeconds', rule: Bounds) =>
    numberOption(given[name], { option: at(name), ...rule });
  const pollIntervalSeconds = bounded('pollIntervalSeconds', { unit: 'seconds', min: 1, max: DAY_SECONDS, default: 30 });
  const onStale = choiceOption(given.onStale, at('onStale'), ['serve', 'deny'], { byDefault: 'serve' });
  return {
    pollIntervalMs: pollIntervalSeconds * 1000,
    timeoutMs: bounded('timeoutMs', { unit: 'milliseconds', min: 10, max: 60_000, default: 5000 }),
    maxBytes: bounded('maxBytes', { unit: 'bytes', min: 1, max: 256 * MIB, default: 8 * MIB }),
    diskCopy: optional(given.diskCopy, (value) => stringOption(value, at('diskCopy'), 'the path of a file', isPath)),
    seed: seed(given.seed, onStale, place),
    freshness: {
      maxStalenessSeconds: bounded('maxStalenessSeconds', {
        unit: 'seconds',
        min: 2 * pollIntervalSeconds,
        max: Number.MAX_SAFE_INTEGER,
        default: Math.max(DAY_SECONDS, 2 * pollIntervalSeconds),
      }),
      onStale,
    },
    allowRollback: flagOption(given.allowRollback, at('allowRollback')),
  };
}

type Bounds = Omit<NumberRule, 'option'>;

function isPath(text: string): boolean {
  return text !== '';
}

/** Name of the seed in messages. */
export const SEED = 'the option "seed"';

function seed(value: unknown, onStale: MappingFreshness['onStale'], place: string): RemoteMappingOptions['seed'] {
  if (value === undefined) return undefined;
  if (onStale === 'deny')
    throw new AuthzConfigError(
      'AUTHZ_OPTION_CONFLICT',
      `"${memberPath(place, 'seed')}" has no effect beside onStale: 'deny': the age of a seed is unknown, so it would never be used. Leave out one of the two.`,
    );
  // A fault in the seed is a mistake of the application and stops the start. The parser of conditions is not loaded yet: the source checks them at start.
  parseMapping(value, SEED, { parseCondition: () => ({ condition: { kind: 'constant', value: false } }) });
  return value as RemoteMappingOptions['seed'];
}
