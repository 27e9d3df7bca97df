import { choiceOption, listOption, readOptions, shown, stringOption, wrongValue } from '../../../core/index.js';
import type { IssuerOptions } from '../options/issuer-options.interface.js';

/**
 * Reads the options of a preset. Members that become options of the issuer unchanged are checked with the issuer.
 *
 * @param place Name of the preset in messages: `auth0()`.
 * @param names The names of all its options.
 */
export function presetOptions<Options extends object>(
  value: Options,
  place: string,
  names: Readonly<Record<keyof Options & string, true>>,
): Partial<Options> {
  const members = Object.keys(names) as (keyof Options & string)[];
  return readOptions(value, { place, members, example: `{ ${members.join(', ')} }` }) as Partial<Options>;
}

/** Reads the option that says how the claim `permissions` combines with the mapping's. @throws AuthzConfigError */
export function permissionsClaim(value: unknown, option: string): Pick<IssuerOptions, 'tokenPermissions'> {
  if (value === undefined) return {};
  return { tokenPermissions: { claim: ['permissions'], combine: choiceOption(value, option, ['union', 'intersect', 'only']) } };
}

/** Reads a host name without scheme or path. @throws AuthzConfigError */
export function hostName(value: unknown, option: string, example: string): string {
  const what = `a host name such as "${example}", without https:// and path`;
  return stringOption(value, option, what, (text) => /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?$/i.test(text));
}

/** Accepts a name for a part of a URL. @throws AuthzConfigError */
export function nameOption(value: unknown, option: string, example: string): string {
  return stringOption(value, option, aName(example), (text) => text !== '' && !/[\s/?#]/.test(text));
}

/** Encodes a name as one segment of a URL's path (RFC 3986 section 3.3), with as few escapes as possible. @throws AuthzConfigError */
export function pathSegment(value: unknown, option: string, example: string): string {
  const isSegment = (text: string) => isClaimValue(text) && !/[/?#]|^\.\.?$/.test(text);
  return encodeURI(stringOption(value, option, aName(example), isSegment));
}

/** Accepts a name that is compared with a claim, or is a key in a claim: any string, such as a URL. @throws AuthzConfigError */
export function claimValue(value: unknown, option: string, example: string): string {
  return stringOption(value, option, aName(example), isClaimValue);
}

/** Accepts a list of one or more names that are compared with a claim. @throws AuthzConfigError */
export function claimValues(value: unknown, option: string, example: string): readonly string[] {
  return listOption(value, option, `one or more names such as "${example}"`, isClaimValue);
}

/** Whether a value is a string without surrounding white space and without control characters. */
function isClaimValue(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.trim() === value && !/[\p{Cc}\p{Cs}]/u.test(value);
}

function aName(example: string): string {
  return `a name such as "${example}"`;
}

/** Accepts a URL and removes a slash at its end. @throws AuthzConfigError */
export function baseUrl(value: unknown, option: string): string {
  if (isUrl(value)) return value.replace(/\/$/, '');
  throw wrongValue('AUTHZ_URL', option, 'a URL such as "https://id.acme.com"', shown(value));
}

/** Accepts a list of one or more URLs. @throws AuthzConfigError */
export function urlsOption(value: unknown, option: string, example: string): readonly string[] {
  return listOption(value, option, `a list of one or more URLs such as "${example}"`, isUrl);
}

function isUrl(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value);
}
