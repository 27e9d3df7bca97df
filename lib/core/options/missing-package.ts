import { AuthzConfigError } from './authz-config.error.js';

/** Tells of a package that has to be installed. @param version Such as `@11`. */
export function missingPackage(name: string, version = ''): AuthzConfigError {
  return new AuthzConfigError('AUTHZ_PEER_MISSING', `nestjs-authz needs the package "${name}": npm install ${name}${version}`);
}

/** Whether loading or resolving a package failed because it is not installed: with the code of `import()`, or of `require()` and Jest. */
export function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  const isNotFound = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return isNotFound && [`'${name}'`, `'${name}/`].some((quoted) => message.includes(quoted));
}
