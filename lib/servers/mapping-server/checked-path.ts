import { stringOption } from '../../core/index.js';

/** Reads the option `path`. @throws AuthzConfigError */
export function checkedPath(value: unknown, example: string): string {
  return stringOption(value, 'path', `a path such as '${example}'`);
}
