import { AuthzConfigError, memberPath, membersOf, optional, shown, stringOption, wrongValue } from '../../core/index.js';
import { parameterOption } from './parameter-option.js';
import type { TokenPurposeOptions } from './token-client-options.interface.js';

/** The options that {@link tokenPurpose} reads. */
export const PURPOSE_MEMBERS = membersOf<TokenPurposeOptions>()(['audience', 'resource', 'scope']);

/**
 * Reads the purpose of a token. Returns the parameters of its request.
 *
 * @param path Name in messages of the option with these members.
 * @throws AuthzConfigError
 */
export function tokenPurpose(
  value: { readonly [member in keyof TokenPurposeOptions]?: unknown },
  path: string,
): Readonly<Record<string, string>> {
  const at = (name: string) => memberPath(path, name);
  const asked = {
    audience: optional(value.audience, (given) =>
      parameterOption(given, at('audience'), 'the name of the service that the token is for, a string'),
    ),
    resource: optional(value.resource, (given) => resource(given, at('resource'))),
    scope: optional(value.scope, (given) => scope(given, at('scope'))),
  };
  const parameters = Object.fromEntries(
    Object.entries(asked).flatMap(([parameter, text]) => (text === undefined ? [] : [[parameter, text]])),
  ) as Record<string, string>;
  if (Object.keys(parameters).length > 0) return parameters;
  throw new AuthzConfigError(
    'AUTHZ_OPTION_MISSING',
    `"${path}" does not name the purpose of its token. Write "audience", "resource" or "scope".`,
  );
}

/** Reads `resource` (RFC 8707 section 2). */
function resource(value: unknown, option: string): string {
  const text = parameterOption(value, option, 'an absolute URI');
  if (URL.canParse(text) && !/[\s#]/.test(text)) return text;
  throw wrongValue('AUTHZ_URL', option, 'an absolute URI without a fragment', shown(value));
}

/** Syntax of a scope (RFC 6749 section 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/;

function scope(value: unknown, option: string): string {
  const what = 'names separated by single spaces, such as "mail:send mail:read"';
  return stringOption(value, option, what, (text) => SCOPE.test(text));
}
