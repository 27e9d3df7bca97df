import { AuthzConfigError, flagOption, numberOption } from '../../../../core/index.js';
import { httpUrl } from '../../../../network/http-client/index.js';
import type { SharedSignalsPollOptions } from './shared-signals-poll-options.interface.js';
import { sharedSignalsSettings, type SharedSignalsSettings } from '../shared-signals-settings.js';

/** Names the module in messages. */
export const POLL_MODULE = 'SharedSignalsPollModule';

/** The options of a poll stream, checked and complete. */
export interface SharedSignalsPollSettings extends SharedSignalsSettings {
  readonly url: string;
  readonly authorization: SharedSignalsPollOptions['authorization'];
  readonly pollIntervalMs: number;
  readonly timeoutMs: number;
}

const OPTIONS: readonly (keyof SharedSignalsPollOptions)[] = [
  'url',
  'authorization',
  'pollIntervalSeconds',
  'timeoutSeconds',
  'allowHttp',
];

/** @throws AuthzConfigError naming the first option that is wrong; never with the value of `authorization`. */
export function sharedSignalsPollSettings(options: SharedSignalsPollOptions): SharedSignalsPollSettings {
  const settings = sharedSignalsSettings(options, POLL_MODULE, OPTIONS);
  const { url, authorization, pollIntervalSeconds, timeoutSeconds, allowHttp } = options;
  return {
    ...settings,
    url: httpUrl(url, 'url', flagOption(allowHttp, 'allowHttp')),
    authorization: authorizationOf(authorization),
    pollIntervalMs: seconds('pollIntervalSeconds', pollIntervalSeconds, 3600, 5) * 1000,
    timeoutMs: seconds('timeoutSeconds', timeoutSeconds, 600, 120) * 1000,
  };
}

function seconds(option: string, value: unknown, max: number, byDefault: number): number {
  return numberOption(value, { option, unit: 'seconds', min: 1, max, default: byDefault });
}

/** What came is not shown: it is likely to be the header itself. */
function authorizationOf(value: unknown): SharedSignalsPollOptions['authorization'] {
  if (value === undefined || typeof value === 'function') return value as SharedSignalsPollOptions['authorization'];
  throw new AuthzConfigError(
    'AUTHZ_FUNCTION',
    `"authorization" must be a function that answers the header, such as () => \`Bearer \${token}\`, so that a token can be renewed, got a value of type ${typeof value}.`,
  );
}
