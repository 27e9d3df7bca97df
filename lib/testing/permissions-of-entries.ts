import { PermissionSet } from '../core/index.js';
import {
  compileMapping,
  MappingSnapshot,
  parseMapping,
  readDocument,
  type PermissionResolution,
  type RoleEntry,
} from '../mapping/index.js';

const ROLE = 'guardAs';

/**
 * Returns the permissions that a mapping would give by these entries. Synchronous without conditions: their parser is loaded at first use. The promise
 * may be left unused, also if it rejects.
 * @throws MappingError for a condition that a mapping could not have.
 */
export function permissionsOfEntries(entries: readonly RoleEntry[]): PermissionResolution | Promise<PermissionResolution> {
  const patterns = entries.filter((entry) => typeof entry === 'string');
  if (patterns.length === entries.length) return { permissions: new PermissionSet(patterns, [], ROLE) };
  const resolution = compiled(entries);
  resolution.catch(() => undefined); // a rejection without a handler would end the process
  return resolution;
}

async function compiled(entries: readonly RoleEntry[]): Promise<PermissionResolution> {
  const source = 'the permissions of guardAs()';
  const { document, ...tools } = await readDocument({ document: { revision: ROLE, roles: { [ROLE]: entries } } }, source);
  const mapping = new MappingSnapshot(compileMapping(parseMapping(document, source, tools)));
  return { permissions: mapping.permissionsFor([ROLE]) };
}
