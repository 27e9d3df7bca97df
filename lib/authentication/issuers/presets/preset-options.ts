import { AuthzConfigError, shown } from '../../../core/index.js';

/** A host name without scheme or path. @throws AuthzConfigError */
export function hostName(value: unknown, option: string, example: string): string {
  if (typeof value === 'string' && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?$/i.test(value)) return value;
  throw new AuthzConfigError(
    'AUTHZ_PRESET',
    `"${option}" must be a host name such as "${example}", without https:// and path, got ${shown(value)}.`,
  );
}

/** A name that becomes part of a URL or a claim path. @throws AuthzConfigError */
export function nameOption(value: unknown, option: string, example: string): string {
  if (typeof value === 'string' && value !== '' && !/[\s/?#]/.test(value)) return value;
  throw new AuthzConfigError('AUTHZ_PRESET', `"${option}" must be a name such as "${example}", got ${shown(value)}.`);
}

/** A list of one or more names. @throws AuthzConfigError */
export function namesOption(value: unknown, option: string, example: string): readonly string[] {
  if (Array.isArray(value) && value.length > 0) return value.map((name) => nameOption(name, option, example));
  throw new AuthzConfigError(
    'AUTHZ_PRESET',
    `"${option}" must list one or more names such as "${example}", got ${shown(value)}.`,
  );
}

/** A URL, without the slash at its end. @throws AuthzConfigError */
export function baseUrl(value: unknown, option: string): string {
  if (typeof value === 'string' && URL.canParse(value)) return value.replace(/\/$/, '');
  throw new AuthzConfigError('AUTHZ_PRESET', `"${option}" must be a URL such as "https://id.acme.com", got ${shown(value)}.`);
}

/** A list of one or more URLs. @throws AuthzConfigError */
export function urlsOption(value: unknown, option: string, example: string): readonly string[] {
  if (Array.isArray(value) && value.length > 0 && value.every((url) => typeof url === 'string' && URL.canParse(url)))
    return value as string[];
  throw new AuthzConfigError('AUTHZ_PRESET', `"${option}" must list one or more URLs such as "${example}", got ${shown(value)}.`);
}
