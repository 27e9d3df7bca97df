import { isFilled, kindOf, membersOf, optional, readOptions, wrongValue } from '../../../../core/index.js';
import type { SharedSignalsPushOptions } from './shared-signals-push-options.interface.js';
import { SHARED_SIGNALS_OPTIONS, sharedSignalsSettings, type SharedSignalsSettings } from '../shared-signals-settings.js';

/** Name of the module in messages. */
export const PUSH_MODULE = 'SharedSignalsPushModule';

/** The options of a push stream, checked and complete. */
export interface SharedSignalsPushSettings extends SharedSignalsSettings {
  readonly authorization: string | undefined;
}

const MEMBERS = membersOf<SharedSignalsPushOptions>()([...SHARED_SIGNALS_OPTIONS, 'authorization']);

/** Reads and checks the options of a push stream. @throws AuthzConfigError without the value of `authorization`. */
export function sharedSignalsPushSettings(options: SharedSignalsPushOptions): SharedSignalsPushSettings {
  const given = readOptions(options, { place: PUSH_MODULE, members: MEMBERS, example: '{ issuer, audience }', isSecret: true });
  return { ...sharedSignalsSettings(given), authorization: optional(given.authorization, authorizationOf) };
}

function authorizationOf(value: unknown): string {
  if (isFilled(value) && value.trim() === value) return value;
  throw wrongValue(
    'AUTHZ_STRING',
    'authorization',
    'the whole Authorization header that the transmitter sends, such as `Bearer ${secret}`, without surrounding white space',
    kindOf(value),
  );
}
