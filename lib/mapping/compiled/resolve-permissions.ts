import {
  andThen,
  attempt,
  isRecord,
  messageOf,
  patternSegments,
  PermissionSet,
  shown,
  type Outcome,
  type Principal,
} from '../../core/index.js';
import type { MappingProvider, ProvidedPermissions } from '../mapping-provider.interface.js';
import { MappingUnavailableError } from './mapping-unavailable.error.js';

/** Why a provider gives no permissions; see RefusalReason. */
type MappingFailure = 'mapping_unavailable' | 'mapping_stale' | 'mapping_timeout' | 'mapping_invalid';

/** The permissions, or why there are none and the cause for the log. */
export type PermissionResolution =
  { readonly permissions: PermissionSet } | { readonly failure: MappingFailure; readonly detail: string };

/**
 * Calls a mapping provider. Never throws or rejects. Synchronous if the provider is synchronous.
 * @param deadlineMs How long a promise is awaited, in milliseconds.
 */
export function resolvePermissions(
  provider: MappingProvider,
  principal: Principal,
  deadlineMs: number,
): PermissionResolution | Promise<PermissionResolution> {
  const outcome = attempt(() => provider.permissionsFor(principal.roles, principal), deadlineMs);
  return andThen(outcome, (ended) => resolutionOf(ended, deadlineMs));
}

function resolutionOf(outcome: Outcome, deadlineMs: number): PermissionResolution {
  switch (outcome.kind) {
    case 'value':
      return readResult(outcome.value);
    case 'error':
      return failed(outcome.error);
    case 'late':
      return { failure: 'mapping_timeout', detail: `the mapping provider did not answer within ${deadlineMs} ms` };
  }
}

function readResult(result: unknown): PermissionResolution {
  if (result instanceof PermissionSet) return { permissions: result };
  try {
    const permissions = toPermissionSet(result);
    if (permissions !== undefined) return { permissions };
  } catch (error) {
    return failed(error);
  }
  return {
    failure: 'mapping_invalid',
    detail: `the mapping provider must return a PermissionSet, a list of permissions or { permissions, deny? }, got ${shown(result)}`,
  };
}

function toPermissionSet(result: unknown): PermissionSet | undefined {
  if (isPatternList(result)) return new PermissionSet(result, [], 'provider');
  if (!isRecord(result)) return undefined;
  const {
    permissions,
    deny = [],
    revision = 'provider',
  } = result as Partial<Exclude<ProvidedPermissions, readonly unknown[]>> & Record<string, unknown>;
  if (!isPatternList(permissions) || !isPatternList(deny) || typeof revision !== 'string') return undefined;
  return new PermissionSet(permissions, deny, revision);
}

function isPatternList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => patternSegments(entry) !== undefined);
}

function failed(error: unknown): PermissionResolution {
  if (error instanceof MappingUnavailableError) return { failure: error.reason, detail: error.message };
  return {
    failure: 'mapping_unavailable',
    detail: `the mapping provider failed: ${messageOf(error)}`,
  };
}
