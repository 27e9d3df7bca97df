import { AuthzConfigError, kindOf, peek } from '../../core/index.js';
import type { MappingSource } from '../mapping-source.interface.js';

/** Whether a value is a mapping source. */
export function isSource(value: unknown): value is MappingSource {
  return typeof peek(value, 'load') === 'function';
}

/** Reads an option or an argument that accepts a source, but not a document. @throws AuthzConfigError */
export function sourceOption(value: unknown, option: string): MappingSource {
  if (isSource(value)) return value;
  // The message does not show the value: it may be a client that contains a password.
  throw new AuthzConfigError(
    'AUTHZ_MAPPING_OPTION',
    `"${option}" must be a mapping source such as fileMapping('roles.yaml'), got ${kindOf(value)}.`,
  );
}
