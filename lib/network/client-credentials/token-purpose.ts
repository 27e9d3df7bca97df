import { AuthzConfigError, shown } from '../../core/index.js';
import { memberOf, optional, textOption, type OptionPlace } from './option-place.js';
import type { TokenPurposeOptions } from './token-client-options.interface.js';

/** The options that {@link tokenPurpose} reads. */
export const PURPOSE_MEMBERS: readonly (keyof TokenPurposeOptions)[] = ['audience', 'resource', 'scope'];

/** Reads the purpose of a token as parameters of the token request. @throws AuthzConfigError naming the option. */
export function tokenPurpose(value: Record<string, unknown>, place: OptionPlace): Readonly<Record<string, string>> {
  const asked = {
    audience: optional(value['audience'], (given) =>
      textOption(given, memberOf(place, 'audience'), 'whom the token is to be for, a text'),
    ),
    resource: optional(value['resource'], (given) => resource(given, memberOf(place, 'resource'))),
    scope: optional(value['scope'], (given) => scope(given, memberOf(place, 'scope'))),
  };
  const parameters = Object.fromEntries(
    Object.entries(asked).flatMap(([parameter, text]) => (text === undefined ? [] : [[parameter, text]])),
  ) as Record<string, string>;
  if (Object.keys(parameters).length > 0) return parameters;
  throw new AuthzConfigError(
    `${place.codes}_AUDIENCE`,
    `"${place.path}" says nothing of what its token is for. Write "audience", "resource" or "scope".`,
  );
}

/** RFC 8707 section 2. */
function resource(value: unknown, place: OptionPlace): string {
  const text = textOption(value, place, 'an absolute URI');
  if (URL.canParse(text) && !/[\s#]/.test(text)) return text;
  throw new AuthzConfigError(
    `${place.codes}_TEXT`,
    `"${place.path}" must be an absolute URI without a fragment, got ${shown(value)}.`,
  );
}

/** RFC 6749 section 3.3. */
function scope(value: unknown, place: OptionPlace): string {
  if (typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(value)) return value;
  throw new AuthzConfigError(
    `${place.codes}_TEXT`,
    `"${place.path}" must be names separated by single blanks, such as "mail:send mail:read", got ${shown(value)}.`,
  );
}
