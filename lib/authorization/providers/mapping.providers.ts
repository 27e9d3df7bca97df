import type { InjectionToken, Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { MappingStore, parseMappingOptions, type MappingOptions, type MappingSettings } from '../../mapping/index.js';
import { AuthzLogger } from '../authz-logger.js';
import { findMappingProvider } from '../calls/find-mapping-provider.js';
import { PermissionResolver } from '../calls/permission-resolver.js';
import { mappingLog } from '../logs/mapping-log.js';
import { RepeatedWarnings } from '../logs/repeated-warnings.js';
import { CandidateMapping } from '../trial/candidate-mapping.js';
import { parseCandidate } from '../trial/candidate-settings.js';

const MAPPING_SETTINGS = Symbol('authz:mapping-settings');
/** Injection token of the mapping store; `undefined` if the application has its own mapping provider. */
export const MAPPING_STORE = Symbol('authz:mapping-store');

const logger = new AuthzLogger('Authz');

/** Providers for the mapping in use and the candidate mapping. @param options Injection token of the checked options. */
export function mappingProviders(options: InjectionToken): Provider[] {
  return [
    { provide: MAPPING_SETTINGS, useFactory: ({ mapping }: MappingOptions) => parseMappingOptions(mapping), inject: [options] },
    { provide: MAPPING_STORE, useFactory: loadMapping, inject: [MAPPING_SETTINGS] },
    { provide: PermissionResolver, useFactory: createResolver, inject: [MAPPING_SETTINGS, MAPPING_STORE, ModuleRef] },
    { provide: CandidateMapping, useFactory: createCandidate, inject: [options, RepeatedWarnings] },
  ];
}

async function loadMapping(settings: MappingSettings): Promise<MappingStore | undefined> {
  if (!('source' in settings)) return undefined;
  const store = new MappingStore(settings.source);
  const log = mappingLog(logger, 'mapping');
  // The start report names the first mapping.
  const unsubscribe = store.subscribe((event) => event.kind !== 'changed' && log(event));
  await store.start();
  unsubscribe();
  store.subscribe(log);
  return store;
}

function createResolver(settings: MappingSettings, store: MappingStore | undefined, modules: ModuleRef): PermissionResolver {
  const find = () => ('provider' in settings ? findMappingProvider(settings.provider, modules) : held(store));
  return new PermissionResolver(find, settings.timeoutMs);
}

function held(store: MappingStore | undefined): MappingStore {
  if (store === undefined) throw new Error('Without a mapping provider there must be a mapping store.');
  return store;
}

function createCandidate(
  options: Parameters<typeof parseCandidate>[0],
  warnings: RepeatedWarnings,
): CandidateMapping | undefined {
  const source = parseCandidate(options);
  return source && new CandidateMapping(source, mappingLog(logger, 'candidate mapping'), warnings);
}
