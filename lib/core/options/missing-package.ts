import { AuthzConfigError } from './authz-config.error.js';

/** Returns the error for a package that has to be installed. @param version Suffix for `npm install`, such as `@11`. */
export function missingPackage(name: string, version = ''): AuthzConfigError {
  return new AuthzConfigError('AUTHZ_PEER_MISSING', `nestjs-authz needs the package "${name}": npm install ${name}${version}`);
}

/** Whether loading or resolving a package failed because it is not installed. `import()` has one error code for it, `require()` and Jest another. */
export function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  const isNotFound = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return isNotFound && [`'${name}'`, `'${name}/`].some((quoted) => message.includes(quoted));
}
