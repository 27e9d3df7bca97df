import { stringOption } from '../../../core/index.js';

/** Checks the option `path` of a receiver. @throws AuthzConfigError */
export function receiverPath(value: unknown, example: string): string {
  const what = `a path without parameters such as '${example}'`;
  return stringOption(value, 'path', what, (text) => /^[\w\-./~]+$/.test(text) && /[^/]/.test(text));
}
