import { AuthzConfigError, isRecord, numberOption, refuseUnknownMembers, shown } from '../../core/index.js';
import type { GuardedWebSocketsOptions } from './guarded-web-sockets-options.interface.js';

/** The options, checked and complete. */
export interface GuardedWebSocketsSettings {
  readonly queryParameter: string | undefined;
  readonly authenticateWithinMs: number;
  readonly maxUnauthenticated: number;
  readonly maxPendingMessages: number;
}

const OPTIONS: readonly (keyof GuardedWebSocketsOptions)[] = [
  'queryParameter',
  'authenticateWithinMs',
  'maxUnauthenticated',
  'maxPendingMessages',
];

/** @throws AuthzConfigError naming the first option that is wrong. */
export function guardedWebSocketsSettings(options: unknown): GuardedWebSocketsSettings {
  if (!isRecord(options))
    throw new AuthzConfigError(
      'AUTHZ_WEBSOCKETS_OPTIONS',
      `The options of guardedWebSockets(app, adapter, options) must be an object, got ${shown(options)}.`,
    );
  refuseUnknownMembers(options, OPTIONS, 'guardedWebSockets');
  return {
    queryParameter: parameterName(options['queryParameter']),
    authenticateWithinMs: wholeNumber(options['authenticateWithinMs'], {
      option: 'authenticateWithinMs',
      unit: 'milliseconds',
      min: 0,
      max: 600_000,
      default: 10_000,
    }),
    maxUnauthenticated: wholeNumber(options['maxUnauthenticated'], {
      option: 'maxUnauthenticated',
      unit: 'clients',
      min: 1,
      max: 1_000_000,
      default: 1000,
    }),
    maxPendingMessages: wholeNumber(options['maxPendingMessages'], {
      option: 'maxPendingMessages',
      unit: 'messages',
      min: 0,
      max: 10_000,
      default: 16,
    }),
  };
}

function wholeNumber(value: unknown, rule: Parameters<typeof numberOption>[1]): number {
  const number = numberOption(value, rule);
  if (Number.isInteger(number)) return number;
  throw new AuthzConfigError('AUTHZ_NUMBER', `"${rule.option}" must be a whole number of ${rule.unit}, got ${shown(value)}.`);
}

/** As it stands in a URL without being escaped (RFC 3986 section 2.3). */
const PARAMETER_NAME = /^[\w.~-]+$/;

function parameterName(value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && PARAMETER_NAME.test(value))) return value;
  throw new AuthzConfigError(
    'AUTHZ_QUERY_PARAMETER',
    `"queryParameter" must be the name of a query parameter, such as 'access_token', or be left out, got ${shown(value)}.`,
  );
}
