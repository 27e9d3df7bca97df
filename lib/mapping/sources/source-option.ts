import { AuthzConfigError, kindOf, peek } from '../../core/index.js';
import type { MappingSource } from '../mapping-source.interface.js';

/** Whether a value is a mapping source. */
export function isSource(value: unknown): value is MappingSource {
  return typeof peek(value, 'load') === 'function';
}

/** Reads an option or an argument that takes a source, but no document. @throws AuthzConfigError */
export function sourceOption(value: unknown, option: string): MappingSource {
  if (isSource(value)) return value;
  // The value is not shown: it may be a client with a password in it.
  throw new AuthzConfigError(
    'AUTHZ_MAPPING_OPTION',
    `"${option}" must be a mapping source such as fileMapping('roles.yaml'), got ${kindOf(value)}.`,
  );
}
