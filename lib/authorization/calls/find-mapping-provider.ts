import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { UnknownElementException } from '@nestjs/core/errors/exceptions/unknown-element.exception.js';
import { AuthzConfigError, isRecord, shown } from '../../core/index.js';
import type { MappingProvider, MappingProviderOption } from '../../mapping/index.js';

/**
 * Returns the application's mapping provider: the given instance, the instance of the given class in any module, or a new one.
 * @throws AuthzConfigError if the class cannot be instantiated, or the instance has no `permissionsFor()`.
 */
export async function findMappingProvider(
  provider: MappingProviderOption['provider'],
  modules: ModuleRef,
): Promise<MappingProvider> {
  if (typeof provider !== 'function') return provider;
  const found: unknown = await instanceOf(provider as unknown as Type, modules);
  if (isRecord(found) && typeof found['permissionsFor'] === 'function') return found as unknown as MappingProvider;
  throw new AuthzConfigError(
    'AUTHZ_MAPPING_PROVIDER',
    `"mapping.provider" is ${shown(provider)}, which has no method permissionsFor(roles, principal). Write a class that implements MappingProvider.`,
  );
}

async function instanceOf(provider: Type, modules: ModuleRef): Promise<unknown> {
  try {
    return modules.get<unknown>(provider, { strict: false });
  } catch (error) {
    if (!(error instanceof UnknownElementException)) throw cannotCreate(provider, error);
  }
  try {
    return await modules.create<unknown>(provider);
  } catch (error) {
    throw cannotCreate(provider, error);
  }
}

function cannotCreate(provider: Type, error: unknown): AuthzConfigError {
  const cause = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return new AuthzConfigError(
    'AUTHZ_MAPPING_PROVIDER',
    `"mapping.provider" is ${shown(provider)}, which cannot be instantiated: ${cause} ` +
      `List it among the providers of the module that has its dependencies, in the default (singleton) scope.`,
  );
}
