import { MODULE_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { AuthzConfigError, isRecord } from '../../core/index.js';
import { described, otherCopyOf, THIS_COPY, type Copy } from './copy.js';
import { classChain } from '../requirements/decorated-targets.js';
import { isClass } from '../requirements/find-handlers.js';
import { dependenciesOf, wrappersOf, type Module } from './is-injected.js';
import { statementsOf, type Class } from '../requirements/requirement-metadata.js';

type Modules = Pick<ModulesContainer, 'values'>;

/**
 * Stops the start of an application that imports AuthzModule more than once, without options, or next to parts of another copy of the library.
 * @param own AuthzModule.
 * @param isConfigured Whether a module has the options.
 * @throws AuthzConfigError that names the modules and says what to write.
 */
export function checkModules(modules: Modules, own: Class, isConfigured: (module: Module) => boolean): void {
  const all = [...modules.values()];
  const mine = all.filter(({ metatype }) => metatype === own);
  if (!mine.every(isConfigured)) refuseBare(importersOf(own, all), mine.some(isConfigured));
  if (mine.length > 1) refuseSeveral(importersOf(own, all));
  all.forEach(refuseOtherCopies);
}

function refuseBare(importers: string, isElsewhere: boolean): never {
  throw new AuthzConfigError(
    'AUTHZ_MODULE_OPTIONS',
    `AuthzModule is imported without options (it is imported in ${importers}). ` +
      (isElsewhere
        ? 'Keep AuthzModule.forRoot({ ... }) in the root module alone: it is global, so no other module needs it.'
        : 'Write AuthzModule.forRoot({ issuer, audience, mapping }) into the imports of the root module: it is global, so no other module needs it.'),
  );
}

function refuseSeveral(importers: string): never {
  throw new AuthzConfigError(
    'AUTHZ_MODULE_TWICE',
    `AuthzModule is imported with options more than once (it is imported in ${importers}). Each forRoot() or forRootAsync() creates a guard and a ` +
      'mapping of its own. Keep one in the root module alone: it is global, so no other module needs it.',
  );
}

/** Reads the metadata of the modules, because Nest adds a global module to the imports of every module. */
function importersOf(own: Class, all: readonly Module[]): string {
  const isOwn = (imported: unknown) => imported === own || (isRecord(imported) && imported['module'] === own);
  const importers = all.filter(({ metatype }) => {
    const imports = Reflect.getMetadata(MODULE_METADATA.IMPORTS, metatype) as readonly unknown[] | undefined;
    return imports?.some(isOwn) === true;
  });
  return importers.length === 0 ? 'dynamic modules' : importers.map(({ name }) => name).join(', ');
}

function refuseOtherCopies(module: Module): void {
  const other = otherCopyOf(module.metatype);
  if (other !== undefined) refuseCopy(module.name, other);
  for (const wrapper of wrappersOf(module)) {
    for (const dependency of dependenciesOf(wrapper)) {
      const from = otherCopyOf(dependency);
      if (from !== undefined) refuseCopy(`a dependency of ${wrapper.name}`, from);
    }
    const { metatype } = wrapper;
    if (isClass(metatype)) refuseDecorators(metatype);
  }
}

function refuseDecorators(type: Class): void {
  const prototype = type.prototype as Readonly<Record<string, unknown>>;
  const methods = new MetadataScanner().getAllMethodNames(prototype);
  const stated = [...classChain(type), ...methods.map((name) => prototype[name])].flatMap((target) =>
    typeof target === 'function' ? statementsOf(target) : [],
  );
  const given = methods.flatMap((name) => factoriesOf(type, name));
  for (const made of [...stated, ...given]) {
    const other = otherCopyOf(made);
    if (other !== undefined) refuseCopy(`a decorator on ${type.name}`, other);
  }
}

/** Returns the functions that create the values of decorated parameters. */
function factoriesOf(type: Class, method: string): readonly unknown[] {
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, type, method) ?? {}) as Readonly<
    Record<string, { readonly factory?: unknown }>
  >;
  return Object.values(parameters).map(({ factory }) => factory);
}

/**
 * Rejects an application that another copy of the library guards.
 * @param what The part of this copy that the application uses.
 * @throws AuthzConfigError
 */
export function refuseOtherGuard(modules: Modules, what: string): void {
  for (const { metatype } of modules.values()) {
    const other = otherCopyOf(metatype);
    if (other !== undefined) refuseCopy(what, THIS_COPY, other);
  }
}

function refuseCopy(what: string, of: Copy, guarding: Copy = THIS_COPY): never {
  throw new AuthzConfigError(
    'AUTHZ_COPIES',
    `Two copies of nestjs-authz are loaded: ${described(guarding)}, whose AuthzModule guards the application, and ${described(of)}, from which ${what} comes. ` +
      `A caller that one copy has authenticated is unknown to the other. ${isSameInstallation(guarding, of) ? LOAD_ONE_FORM : KEEP_ONE}`,
  );
}

const KEEP_ONE =
  'Keep one: see "npm ls nestjs-authz", run "npm dedupe", and list nestjs-authz in peerDependencies of your own libraries.';
const LOAD_ONE_FORM =
  'Both belong to one installation: one was loaded by require(), the other by import. Use only one of the two.';

/** The CommonJS form lies in a folder beside the ES modules. */
function isSameInstallation(one: Copy, other: Copy): boolean {
  const placeOf = ({ path }: Copy) => path?.replace(/([\\/])cjs[\\/](core)$/, '$1$2');
  return one.path !== undefined && one.path !== other.path && placeOf(one) === placeOf(other);
}
