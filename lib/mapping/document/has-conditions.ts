import { isRecord } from '../../core/index.js';

/** Whether any grant or denial of a document, which is not checked yet, has a condition. */
export function hasConditions(document: unknown): boolean {
  if (!isRecord(document)) return false;
  return (
    inRoles(document['roles']) || membersOf(document['tenants']).some((tenant) => isRecord(tenant) && inRoles(tenant['roles']))
  );
}

function inRoles(roles: unknown): boolean {
  return membersOf(roles).some(
    (role) => inEntries(role) || (isRecord(role) && (inEntries(role['permissions']) || inEntries(role['deny']))),
  );
}

function inEntries(entries: unknown): boolean {
  return Array.isArray(entries) && entries.some((entry) => isRecord(entry) && Object.hasOwn(entry, 'when'));
}

function membersOf(value: unknown): readonly unknown[] {
  return isRecord(value) ? Object.values(value) : [];
}
