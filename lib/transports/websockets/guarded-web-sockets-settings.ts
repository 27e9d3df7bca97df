import { memberPath, membersOf, numberOption, type NumberRule, optional, readOptions, stringOption } from '../../core/index.js';
import type { GuardedWebSocketsOptions } from './guarded-web-sockets-options.interface.js';

/** The options, checked and complete. */
export interface GuardedWebSocketsSettings {
  readonly queryParameter: string | undefined;
  readonly authenticateWithinMs: number;
  readonly maxUnauthenticated: number;
  readonly maxPendingMessages: number;
}

const MEMBERS = membersOf<GuardedWebSocketsOptions>()([
  'queryParameter',
  'authenticateWithinMs',
  'maxUnauthenticated',
  'maxPendingMessages',
]);

/** Characters that need no escaping in a URL (RFC 3986 section 2.3). */
const PARAMETER_NAME = /^[\w.~-]+$/;

/** Reads and checks the options. @throws AuthzConfigError */
export function guardedWebSocketsSettings(options: unknown): GuardedWebSocketsSettings {
  const place = 'guardedWebSockets()';
  const at = (name: string) => memberPath(place, name);
  const given = readOptions(options, { place, members: MEMBERS, example: "{ queryParameter: 'access_token' }" });
  const whole = (name: Exclude<(typeof MEMBERS)[number], 'queryParameter'>, rule: Omit<NumberRule, 'option' | 'isWhole'>) =>
    numberOption(given[name], { option: at(name), isWhole: true, ...rule });
  const parameter = "the name of a query parameter, such as 'access_token'";
  return {
    queryParameter: optional(given.queryParameter, (value) =>
      stringOption(value, at('queryParameter'), parameter, (text) => PARAMETER_NAME.test(text)),
    ),
    authenticateWithinMs: whole('authenticateWithinMs', { unit: 'milliseconds', min: 0, max: 600_000, default: 10_000 }),
    maxUnauthenticated: whole('maxUnauthenticated', { unit: 'clients', min: 1, max: 1_000_000, default: 1000 }),
    maxPendingMessages: whole('maxPendingMessages', { unit: 'messages', min: 0, max: 10_000, default: 16 }),
  };
}
