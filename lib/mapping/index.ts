export { checkReplacement } from './compiled/check-replacement.js';
export type { ConditionChange } from './questions/compare-holdings.js';
export { compareResources, type AttributeChange } from './questions/compare-resources.js';
export { compareStepUps, type StepUp, type StepUpChange } from './questions/compare-step-ups.js';
export { compareMappings, type RoleDifference } from './questions/compare-mappings.js';
export { compileMapping, type CompiledMapping } from './compiled/compile-mapping.js';
export { overlap, standIn } from './questions/entry-coverage.js';
export {
  explainPermission,
  explainRoles,
  holdingOf,
  type PermissionExplanation,
  type PermissionRoles,
  type PermissionRule,
  type RoleRules,
  type UnknownRole,
} from './questions/explain-permission.js';
export { fileMapping } from './sources/file-mapping.js';
export { grantsByResource } from './questions/grants-by-resource.js';
export { lintMapping } from './questions/lint-mapping.js';
export type { MappingWarning } from './questions/lint-report.js';
export type {
  MappingDocument,
  PermissionDefinition,
  ResourceDefinition,
  RoleDefinition,
  RoleEntry,
  StepUpDefinition,
  TenantDefinition,
} from './document/mapping-document.interface.js';
export type { MappingOptions, MappingProviderOption } from './mapping-options.interface.js';
export type { MappingProvider, ProvidedPermissions } from './mapping-provider.interface.js';
export { MappingSnapshot } from './compiled/mapping-snapshot.js';
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
export { MappingUnavailableError } from './compiled/mapping-unavailable.error.js';
export { MappingError, type MappingFault } from './document/mapping.error.js';
export { merge } from './sources/merge.js';
export { overlay } from './sources/overlay.js';
export { parseJson } from './document/parse-json.js';
export { mappingSource, parseMappingOptions, type MappingSettings } from './parse-mapping-options.js';
export { sourceOption } from './sources/source-option.js';
export { parseMapping } from './document/parse-mapping.js';
export { readDocument } from './document/read-document.js';
export type { ReadDocument } from './document/read-document.interface.js';
export { resolvePermissions, type PermissionResolution } from './compiled/resolve-permissions.js';
export type {
  FetchedMapping,
  MappingTransport,
  OpenedMapping,
  RemoteMappingOptions,
  UnchangedMapping,
} from './sources/remote/remote-mapping-options.interface.js';
export {
  REMOTE_MAPPING_OPTIONS,
  remoteMappingSettings,
  type RemoteMappingSettings,
} from './sources/remote/remote-mapping-settings.js';
export { remoteMapping, remoteMappingOf } from './sources/remote/remote-mapping.js';
export { toDocument } from './compiled/to-document.js';
export { UnverifiableError } from './sources/remote/unverifiable.error.js';
