import { AuthzConfigError } from '../../../../core/index.js';
import type { SharedSignalsPushOptions } from './shared-signals-push-options.interface.js';
import { sharedSignalsSettings, type SharedSignalsSettings } from '../shared-signals-settings.js';

/** Names the module in messages. */
export const PUSH_MODULE = 'SharedSignalsPushModule';

/** The options of a push stream, checked and complete. */
export interface SharedSignalsPushSettings extends SharedSignalsSettings {
  readonly authorization: string | undefined;
}

/** @throws AuthzConfigError naming the first option that is wrong; never with the value of `authorization`. */
export function sharedSignalsPushSettings(options: SharedSignalsPushOptions): SharedSignalsPushSettings {
  const settings = sharedSignalsSettings(options, PUSH_MODULE, ['authorization']);
  return { ...settings, authorization: authorizationOf(options.authorization) };
}

function authorizationOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.trim() !== '' && value.trim() === value) return value;
  throw new AuthzConfigError(
    'AUTHZ_RECEIVER_AUTHORIZATION',
    `"authorization" must be all of the Authorization header that the transmitter sends, such as \`Bearer \${secret}\`, without blanks around it, got a value of type ${typeof value}.`,
  );
}
