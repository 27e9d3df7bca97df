import { flagOption, functionOption, membersOf, numberOption, optional, readOptions } from '../../../../core/index.js';
import { httpUrl } from '../../../../network/http-client/index.js';
import type { SharedSignalsPollOptions } from './shared-signals-poll-options.interface.js';
import { SHARED_SIGNALS_OPTIONS, sharedSignalsSettings, type SharedSignalsSettings } from '../shared-signals-settings.js';

/** Name of the module in messages. */
export const POLL_MODULE = 'SharedSignalsPollModule';

/** The options of a poll stream, checked and complete. */
export interface SharedSignalsPollSettings extends SharedSignalsSettings {
  readonly url: string;
  readonly authorization: SharedSignalsPollOptions['authorization'];
  readonly pollIntervalMs: number;
  readonly timeoutMs: number;
}

const MEMBERS = membersOf<SharedSignalsPollOptions>()([
  ...SHARED_SIGNALS_OPTIONS,
  'url',
  'authorization',
  'pollIntervalSeconds',
  'timeoutSeconds',
  'allowHttp',
]);

/** Reads and checks the options of a poll stream. @throws AuthzConfigError without the value of `authorization`. */
export function sharedSignalsPollSettings(options: SharedSignalsPollOptions): SharedSignalsPollSettings {
  const example = '{ issuer, audience, url }';
  const given = readOptions(options, { place: POLL_MODULE, members: MEMBERS, example, isSecret: true });
  const seconds = (option: 'pollIntervalSeconds' | 'timeoutSeconds', max: number, byDefault: number) =>
    numberOption(given[option], { option, unit: 'seconds', min: 1, max, default: byDefault });
  return {
    ...sharedSignalsSettings(given),
    url: httpUrl(given.url, 'url', flagOption(given.allowHttp, 'allowHttp')),
    authorization: optional(given.authorization, authorizationOf),
    pollIntervalMs: seconds('pollIntervalSeconds', 3600, 5) * 1000,
    timeoutMs: seconds('timeoutSeconds', 600, 120) * 1000,
  };
}

function authorizationOf(value: unknown): SharedSignalsPollOptions['authorization'] {
  return functionOption(
    value as SharedSignalsPollOptions['authorization'],
    'authorization',
    'a function that returns the header',
    'Write () => `Bearer ${token}`, so that a token can be renewed.',
  );
}
