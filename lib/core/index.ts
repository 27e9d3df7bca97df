export type { Actor } from './actor.js';
export { andThen } from './and-then.js';
export { attempt, type Outcome } from './attempt.js';
export { AuthzConfigError } from './options/authz-config.error.js';
export type { AuthzTypes } from './authz-types.interface.js';
export { BoundedMap } from './bounded-map.js';
export { claimName, claimPathKeys, ownClaim, readClaim, type ClaimPath } from './claims/claim-path.js';
export { comparing } from './conditions/compare-values.js';
export { compileCondition } from './conditions/compile-condition.js';
export { byKind, readsResource, type ByKind } from './conditions/condition-parts.js';
export { attributeText, conditionText } from './conditions/condition-text.js';
export {
  explainCondition,
  type ExplainedCondition,
  type ExplainedPart,
  type ExplainedValue,
} from './conditions/explain-condition.js';
export type { ConditionFacts, NoteMisfit } from './conditions/condition-facts.interface.js';
export type { ConditionalPermission, ConditionalRule } from './conditions/conditional-permission.interface.js';
export type {
  Attribute,
  AttributeRoot,
  AttributeType,
  Comparator,
  Condition,
  Literal,
  LiteralList,
  Operand,
  ScalarType,
  StringTest,
  Truth,
} from './conditions/condition.interface.js';
export { parseTimestamp } from './conditions/attribute-value.js';
export type {
  FilterAttribute,
  FilterOperand,
  FilterSelection,
  FilterSize,
  FilterTest,
  ResourceFilter,
} from './filters/filter.interface.js';
export { combine, unsupportedIn, whenFalse, whenTrue, type BoundTest } from './filters/bind-condition.js';
export { decide, factsFor } from './decide.js';
export type { DecisionFacts } from './decision-facts.interface.js';
export { refused, type Decision } from './decision.js';
export {
  CLIENT_ID_CLAIMS,
  firstIdentifier,
  identifier,
  isAbsent,
  isName,
  MAX_NAME_LENGTH,
  SESSION_ID_CLAIMS,
  TOKEN_ID_CLAIMS,
} from './identifier.js';
export { readTenantName } from './claims/identity-claims.js';
export { actingPrincipal, isLocal, type LocalPrincipal } from './local-principal.js';
export { messageOf } from './message-of.js';
export { listed } from './options/listed.js';
export { isMissing, missingPackage } from './options/missing-package.js';
export { didYouMean, nearMiss } from './options/near-miss.js';
export {
  choiceOption,
  dateOption,
  flagOption,
  functionOption,
  isFilled,
  itemsOf,
  listOption,
  numberOption,
  optional,
  stringOption,
  stringOrStringsOption,
  stringsOption,
  wrongValue,
  type NumberRule,
} from './options/option-checks.js';
export { isRecord, memberPath, membersOf, peek, readOptions, refuseUnknownMembers } from './options/read-options.js';
export { PatternMatcher } from './permissions/pattern-matcher.js';
export { patternSegments, permissionSegments, type Permission, type PermissionPattern } from './permissions/permission.js';
export { PermissionSet } from './permissions/permission-set.js';
export { OWN_FOLDER } from './library-folder.js';
export { isPattern, PermissionTable } from './permissions/permission-table.js';
export { printable } from './printable.js';
export { principalFromClaims, withRoles, type Principal } from './principal.js';
export { readClaimAt } from './claims/read-claim.js';
export { REFUSAL_REASONS, type RefusalReason } from './reason.js';
export {
  needsPermissions,
  type AuthContextClause,
  type NamesClause,
  type Requirement,
  type RequirementClause,
} from './requirement.js';
export { kindOf, shown } from './shown.js';
export { text } from './text.js';
export { combinePermissions } from './permissions/combine-permissions.js';
export type { TokenPermissions } from './claims/token-permissions.js';
export { formOf, UnreadableClaim, unreadableFor, type ClaimUse } from './claims/unreadable-claim.js';
