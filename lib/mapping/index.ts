export { checkReplacement } from './check-replacement.js';
export { compareMappings, type RoleDifference } from './compare-mappings.js';
export { compileMapping, type CompiledMapping } from './compile-mapping.js';
export { overlap, standIn } from './entry-coverage.js';
export {
  explainPermission,
  explainRoles,
  type PermissionExplanation,
  type PermissionRoles,
  type PermissionRule,
  type RoleRules,
  type UnknownRole,
} from './explain-permission.js';
export { fileMapping } from './file-mapping.js';
export { lintMapping, type MappingWarning } from './lint-mapping.js';
export type { MappingDocument, RoleDefinition, TenantDefinition } from './mapping-document.interface.js';
export type { MappingOptions, MappingProviderOption } from './mapping-options.interface.js';
export type { MappingProvider, ProvidedPermissions } from './mapping-provider.interface.js';
export { MappingSnapshot } from './mapping-snapshot.js';
export {
  isLoaded,
  type ConfirmedMapping,
  type LoadedMapping,
  type MappingAnswer,
  type MappingExpectation,
  type MappingFreshness,
  type MappingSource,
  type MappingNote,
  type MappingReload,
} from './mapping-source.interface.js';
export type { MappingEvent, MappingStatus } from './mapping-status.interface.js';
export { MappingStore } from './mapping-store.js';
export { MappingUnavailableError } from './mapping-unavailable.error.js';
export { MappingError, type MappingFault } from './mapping.error.js';
export { merge } from './merge.js';
export { overlay } from './overlay.js';
export { parseJson } from './parse-json.js';
export { mappingSource, parseMappingOptions, type MappingSettings } from './parse-mapping-options.js';
export { parseMapping } from './parse-mapping.js';
export { readDocument, type ReadDocument } from './read-document.js';
export { resolvePermissions, type PermissionResolution } from './resolve-permissions.js';
export type {
  FetchedMapping,
  MappingTransport,
  OpenedMapping,
  RemoteMappingOptions,
  UnchangedMapping,
} from './remote-mapping-options.interface.js';
export { REMOTE_MAPPING_OPTIONS } from './remote-mapping-settings.js';
export { remoteMapping } from './remote-mapping.js';
export { toDocument } from './to-document.js';
export { UnverifiableError } from './unverifiable.error.js';
