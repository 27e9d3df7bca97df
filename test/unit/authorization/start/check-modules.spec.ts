import { Controller, Get, Module } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { checkModules, refuseOtherGuard } from '../../../../lib/authorization/start/check-modules.js';
import { THIS_COPY } from '../../../../lib/authorization/start/copy.js';

@Module({})
class Own {}
@Module({})
class Root {}

const classNamed = (name: string) => Object.defineProperty(class extends Own {}, 'name', { value: name });

/** What another copy of the library has made. */
const ofCopy = <Made extends object>(made: Made, path: string | undefined): Made =>
  Object.defineProperty(made, Symbol.for('nestjs-authz:copy'), { value: { path } });

type Modules = Pick<ModulesContainer, 'values'>;
/** Modules as Nest keeps them. */
function modules(...all: { metatype: object; providers?: object[]; controllers?: object[] }[]): Modules {
  const keyed = (wrappers: object[] = []) => new Map(wrappers.map((wrapper, index) => [index, wrapper]));
  const made = all.map(({ metatype, providers, controllers }) => ({
    metatype,
    name: (metatype as { readonly name: string }).name,
    providers: keyed(providers),
    controllers: keyed(controllers),
    injectables: new Map(),
  }));
  return { values: () => made.values() } as unknown as Modules;
}
const check = (found: Modules) => () => checkModules(found, Own, () => true);
const refusal = (...parts: string[]) =>
  expect.objectContaining({
    code: 'AUTHZ_COPIES',
    message: expect.stringMatching(
      new RegExp(parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')),
    ) as string,
  }) as Error;

describe('checkModules', () => {
  it('accepts one configured module', () => {
    expect(
      check(modules({ metatype: Own }, { metatype: Root, providers: [{ name: 'Plain', metatype: classNamed('Plain') }] })),
    ).not.toThrow();
  });

  it('names the module that is of another copy, and where each copy lies', () => {
    const other = ofCopy(classNamed('Other'), '/elsewhere/dist/core');
    expect(check(modules({ metatype: Own }, { metatype: other }))).toThrow(
      refusal('Two copies of nestjs-authz', '/elsewhere/dist/core, from which Other comes', 'npm dedupe'),
    );
  });

  it('names a copy inside a bundle so', () => {
    const other = ofCopy(classNamed('Other'), undefined);
    expect(check(modules({ metatype: Own }, { metatype: other }))).toThrow(refusal('one inside a bundle', 'npm dedupe'));
  });

  it('names the class that is injected into', () => {
    const token = ofCopy(classNamed('Authz'), '/elsewhere/dist/core');
    const provider = { name: 'Billing', metatype: classNamed('Billing'), inject: [{ token, optional: true }] };
    expect(check(modules({ metatype: Own }, { metatype: Root, providers: [provider] }))).toThrow(
      refusal('from which a dependency of Billing comes'),
    );
  });

  it('names the controller with a decorated parameter of another copy', () => {
    @Controller()
    class Orders {
      @Get() list() {
        return [];
      }
    }
    const factory = ofCopy(() => undefined, '/elsewhere/dist/core');
    Reflect.defineMetadata('__routeArguments__', { 'x:0': { factory } }, Orders, 'list');
    expect(check(modules({ metatype: Own }, { metatype: Root, controllers: [{ name: 'Orders', metatype: Orders }] }))).toThrow(
      refusal('from which a decorator on Orders comes'),
    );
  });

  it('says of both forms of one installation that one way of loading is enough', () => {
    const path = THIS_COPY.path!.replace(/core$/, 'cjs/core');
    const other = ofCopy(classNamed('Other'), path);
    expect(check(modules({ metatype: Own }, { metatype: other }))).toThrow(
      refusal('Both belong to one installation: one was loaded by require(), the other by import'),
    );
  });

  it('names the importers of a module without options, or that there are none', () => {
    @Module({ imports: [Own] })
    class Importing {}
    const bare =
      (found: Modules, isConfigured = false) =>
      () =>
        checkModules(found, Own, () => isConfigured);
    const refused = (text: string) => expect.objectContaining({ message: expect.stringContaining(text) as string }) as Error;
    expect(bare(modules({ metatype: Own }, { metatype: Importing }))).toThrow(refused('it is imported in Importing'));
    expect(bare(modules({ metatype: Own }))).toThrow(refused('it is imported in dynamic modules'));
    expect(bare(modules({ metatype: Own }, { metatype: Own }), true)).toThrow(refused('more than once'));
  });
});

describe('refuseOtherGuard', () => {
  it('names what is of this copy where another one guards the application', () => {
    const other = ofCopy(classNamed('AuthzModule'), '/elsewhere/dist/core');
    expect(() => refuseOtherGuard(modules({ metatype: other }), 'guardedWebSockets()')).toThrow(
      refusal('/elsewhere/dist/core, whose AuthzModule guards the application', 'from which guardedWebSockets() comes'),
    );
  });

  it('says nothing where there is no other copy', () => {
    expect(() => refuseOtherGuard(modules({ metatype: Own }), 'guardedWebSockets()')).not.toThrow();
  });
});
