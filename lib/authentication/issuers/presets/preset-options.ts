import { AuthzConfigError, shown } from '../../../core/index.js';

/** Accepts a host name without scheme and path. @throws AuthzConfigError */
export function hostName(value: unknown, option: string, example: string): string {
  if (typeof value === 'string' && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?$/i.test(value)) return value;
  throw new AuthzConfigError(
    'AUTHZ_PRESET',
    `"${option}" must be a host name such as "${example}", without https:// and path, got ${shown(value)}.`,
  );
}

/** Accepts a name for a part of a URL. @throws AuthzConfigError */
export function nameOption(value: unknown, option: string, example: string): string {
  if (typeof value === 'string' && value !== '' && !/[\s/?#]/.test(value)) return value;
  throw notA('a name', value, option, example);
}

/** Encodes a name as one segment of a URL's path (RFC 3986 section 3.3), with as few escapes as possible. @throws AuthzConfigError */
export function pathSegment(value: unknown, option: string, example: string): string {
  const isSegment = isClaimValue(value) && !/[/?#]|^\.\.?$/.test(value);
  if (isSegment) return encodeURI(value);
  throw notA('a name', value, option, example);
}

/** Accepts a name that is compared with a claim or looked up in one: any string, such as a URL. @throws AuthzConfigError */
export function claimValue(value: unknown, option: string, example: string): string {
  if (isClaimValue(value)) return value;
  throw notA('a name', value, option, example);
}

/** Accepts a list of one or more names that are compared with a claim. @throws AuthzConfigError */
export function claimValues(value: unknown, option: string, example: string): readonly string[] {
  if (Array.isArray(value) && value.length > 0 && value.every(isClaimValue)) return value;
  throw notA('one or more names', value, option, example);
}

/** Spaces at an end and control characters are mistakes. */
function isClaimValue(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.trim() === value && !/[\p{Cc}\p{Cs}]/u.test(value);
}

function notA(what: string, value: unknown, option: string, example: string): AuthzConfigError {
  return new AuthzConfigError('AUTHZ_PRESET', `"${option}" must be ${what} such as "${example}", got ${shown(value)}.`);
}

/** Accepts a URL and removes a slash at its end. @throws AuthzConfigError */
export function baseUrl(value: unknown, option: string): string {
  if (typeof value === 'string' && URL.canParse(value)) return value.replace(/\/$/, '');
  throw new AuthzConfigError('AUTHZ_PRESET', `"${option}" must be a URL such as "https://id.acme.com", got ${shown(value)}.`);
}

/** Accepts a list of one or more URLs. @throws AuthzConfigError */
export function urlsOption(value: unknown, option: string, example: string): readonly string[] {
  if (Array.isArray(value) && value.length > 0 && value.every((url) => typeof url === 'string' && URL.canParse(url)))
    return value as string[];
  throw new AuthzConfigError('AUTHZ_PRESET', `"${option}" must list one or more URLs such as "${example}", got ${shown(value)}.`);
}
