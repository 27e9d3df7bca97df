import { stringOption } from '../../../core/index.js';

/** Reads the option `path` of a module that mounts a route. @throws AuthzConfigError */
export function receiverPath(value: unknown, example: string): string {
  const what = `a path without parameters such as '${example}'`;
  return stringOption(value, 'path', what, (text) => /^[\w\-./~]+$/.test(text) && /[^/]/.test(text));
}
