import { isRecord, messageOf, patternSegments, PermissionSet, shown, type Principal } from '../../core/index.js';
import type { MappingProvider, ProvidedPermissions } from '../mapping-provider.interface.js';
import { MappingUnavailableError } from './mapping-unavailable.error.js';

/** Why a provider's permissions are not to be had; see RefusalReason. */
type MappingFailure = 'mapping_unavailable' | 'mapping_stale' | 'mapping_timeout' | 'mapping_invalid';

/** The permissions, or why there are none to be had and the cause for the log. */
export type PermissionResolution =
  { readonly permissions: PermissionSet } | { readonly failure: MappingFailure; readonly detail: string };

/**
 * Asks a mapping provider; never throws or rejects. Synchronous when the provider is.
 * @param deadlineMs How long a promise is awaited, in milliseconds.
 */
export function resolvePermissions(
  provider: MappingProvider,
  principal: Principal,
  deadlineMs: number,
): PermissionResolution | Promise<PermissionResolution> {
  try {
    const answer: unknown = provider.permissionsFor(principal.roles, principal);
    return isPromiseLike(answer) ? awaitAnswer(answer, deadlineMs) : readAnswer(answer);
  } catch (error) {
    return failed(error);
  }
}

function awaitAnswer(answer: PromiseLike<unknown>, deadlineMs: number): Promise<PermissionResolution> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => resolve({ failure: 'mapping_timeout', detail: `the mapping provider did not answer within ${deadlineMs} ms` }),
      deadlineMs,
    );
    const settle = (resolution: PermissionResolution) => {
      clearTimeout(timer);
      resolve(resolution);
    };
    // Promise.resolve() guards against a thenable whose then() throws.
    Promise.resolve(answer).then(
      (value) => settle(readAnswer(value)),
      (error: unknown) => settle(failed(error)),
    );
  });
}

function readAnswer(answer: unknown): PermissionResolution {
  if (answer instanceof PermissionSet) return { permissions: answer };
  try {
    const permissions = toPermissionSet(answer);
    if (permissions !== undefined) return { permissions };
  } catch (error) {
    return failed(error);
  }
  return {
    failure: 'mapping_invalid',
    detail: `the mapping provider must answer a PermissionSet, a list of permissions or { permissions, deny? }, got ${shown(answer)}`,
  };
}

function toPermissionSet(answer: unknown): PermissionSet | undefined {
  if (isPatternList(answer)) return new PermissionSet(answer, [], 'provider');
  if (!isRecord(answer)) return undefined;
  const {
    permissions,
    deny = [],
    revision = 'provider',
  } = answer as Partial<Exclude<ProvidedPermissions, readonly unknown[]>> & Record<string, unknown>;
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

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
