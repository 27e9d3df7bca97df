import 'reflect-metadata';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import type { Class, HandlerPlace } from '../../authorization/index.js';

type Modules = Pick<ModulesContainer, 'values'>;
type Module = ModulesContainer extends Map<string, infer M> ? M : never;
type Wrapper = Module['providers'] extends Map<unknown, infer W> ? W : never;

/** The members that we use of the options of a GraphQLModule. */
export interface GraphqlOptions {
  readonly driver?: { readonly name?: string; readonly prototype?: object };
  readonly context?: unknown;
  readonly include?: readonly unknown[];
  readonly fieldResolverEnhancers?: readonly string[];
  /** Set if the schema is generated from classes (code first). */
  readonly autoSchemaFile?: unknown;
  readonly inheritResolversFromInterfaces?: unknown;
  /** Resolvers that are not Nest methods, by type and field. */
  readonly resolvers?: unknown;
  /** Batch resolvers of Mercurius, which are called for many objects at once. */
  readonly loaders?: unknown;
  /** Set for a gateway, which forwards operations and has no schema. */
  readonly gateway?: unknown;
}

/** A method that Nest uses as the resolver of a field. */
export interface GraphqlMethod {
  readonly place: HandlerPlace;
  /** The schema type of the field, as the decorators state it. */
  readonly parent: string;
  readonly field: string;
  /** Whether the method has `@ResolveField()`. */
  readonly isField: boolean;
  /** Whether the method has `@ResolveReference()`: looks up an entity of a federation. */
  readonly isReference: boolean;
}

/** The schema of graphql-js, as far as we use it. */
export interface Schema {
  getQueryType(): RootType | null | undefined;
  getMutationType(): RootType | null | undefined;
  getSubscriptionType(): RootType | null | undefined;
  getTypeMap(): Readonly<Record<string, SchemaType>>;
  getPossibleTypes(type: SchemaType): readonly SchemaType[];
}

interface RootType {
  readonly name: string;
  getFields(): Readonly<Record<string, SchemaField>>;
}

interface SchemaField {
  readonly type: TypeReference;
  resolve?: unknown;
  readonly subscribe?: unknown;
}

/** Any type of a schema. */
export interface SchemaType {
  readonly name: string;
  /** Objects, interfaces and inputs only. */
  getFields?(): Readonly<Record<string, SchemaField>>;
  /** Objects and interfaces only. */
  getInterfaces?(): readonly SchemaType[];
  /** Unions only. */
  getTypes?(): readonly SchemaType[];
  readonly resolveType?: unknown;
  /** Where older subgraph libraries keep the function that looks up an entity; newer ones keep it in the extensions. */
  readonly resolveReference?: unknown;
  readonly extensions?: { readonly apollo?: { readonly subgraph?: { readonly resolveReference?: unknown } } };
}

/** A type, a list of a type, or a non-null type. */
export type TypeReference = SchemaType | { readonly ofType: TypeReference };

/** One GraphQLModule: a schema with its resolvers. */
export interface GraphqlApi {
  readonly options: GraphqlOptions;
  readonly methods: readonly GraphqlMethod[];
  /** Returns the schema once the module is initialised; for a gateway always `undefined`. */
  readonly schema: () => Schema | undefined;
  /** Returns the Fastify or Express application that the driver serves. */
  readonly server: () => unknown;
}

/** Injection token of the options of a GraphQLModule. Written by name, like the metadata keys below: the package need not be installed. */
const OPTIONS = 'GqlModuleOptions';
export const TYPE = 'graphql:resolver_type';
const NAME = 'graphql:resolver_name';
export const FIELD = 'graphql:resolve_property';
export const REFERENCE = 'graphql:resolve_reference';
/** Returns the type of a value. Nest runs no guard for it, and none is needed. */
const RESOLVE_TYPE = '__resolveType';

/** Default names of the three root types. Nest always runs guards for their fields. */
export const ROOTS: readonly string[] = ['Query', 'Mutation', 'Subscription'];

/** Returns whether the application has a GraphQLModule. */
export function hasGraphql(modules: Modules): boolean {
  return [...modules.values()].some(({ providers }) => providers.has(OPTIONS));
}

/** Returns every GraphQLModule with its resolvers: those of all modules, or of the modules in `include` and their imports. */
export function graphqlApis(modules: Modules): readonly GraphqlApi[] {
  const all = [...modules.values()];
  return all.flatMap((module) => {
    const options: unknown = module.providers.get(OPTIONS)?.instance;
    if (typeof options !== 'object' || options === null) return [];
    const methods = included(all, (options as GraphqlOptions).include ?? []).flatMap(methodsOf);
    return [{ options, methods, schema: () => schemaOf(module), server: () => serverOf(module) }];
  });
}

function included(all: readonly Module[], include: readonly unknown[]): readonly Module[] {
  if (include.length === 0) return all;
  const found = new Set(all.filter(({ metatype }) => include.includes(metatype)));
  // Iterating a Set includes members that are added during the loop.
  for (const { imports } of found) for (const each of imports) found.add(each);
  return [...found];
}

/** Scans instances, like Nest, so that objects made by factories are included. */
function methodsOf({ providers }: Module): readonly GraphqlMethod[] {
  return [...providers.values()].flatMap(({ instance }: Wrapper) => placesOf(instance)).flatMap(methodAt);
}

function placesOf(instance: unknown): readonly HandlerPlace[] {
  const prototype: unknown = typeof instance === 'object' && instance !== null ? Object.getPrototypeOf(instance) : undefined;
  if (typeof prototype !== 'object' || prototype === null) return [];
  const { constructor: type } = instance as { constructor: Class };
  return new MetadataScanner().getAllMethodNames(prototype).map((key) => ({ type, prototype, key }));
}

function methodAt(place: HandlerPlace): readonly GraphqlMethod[] {
  const { type, prototype, key } = place;
  const method = (prototype as Readonly<Record<string | symbol, unknown>>)[key];
  if (typeof method !== 'function' || key === RESOLVE_TYPE) return [];
  const read = (mark: string) => Reflect.getMetadata(mark, method) as unknown;
  const parent = read(TYPE) ?? (Reflect.getMetadata(TYPE, type) as unknown);
  const isField = read(FIELD) === true;
  const isReference = read(REFERENCE) === true;
  if (typeof parent !== 'string' || !(isField || isReference || ROOTS.includes(parent))) return [];
  const named = read(NAME);
  return [{ place, parent, field: typeof named === 'string' ? named : String(key), isField, isReference }];
}

/** Returns all methods with metadata of `@nestjs/graphql`, also those that no GraphQLModule uses. */
export function graphqlPlaces(modules: Modules): readonly HandlerPlace[] {
  return [...modules.values()]
    .flatMap(({ controllers, providers }) => [...providers.values(), ...controllers.values()])
    .flatMap(({ instance }: Wrapper) => placesOf(instance))
    .filter(({ prototype, key }) => isMarked((prototype as Readonly<Record<string | symbol, unknown>>)[key]));
}

function isMarked(method: unknown): boolean {
  return typeof method === 'function' && [TYPE, FIELD, REFERENCE].some((mark) => Reflect.hasMetadata(mark, method));
}

function serverOf({ providers }: Module): unknown {
  const [, wrapper] =
    [...providers].find(([token]) => typeof token === 'function' && token.name === 'AbstractGraphQLDriver') ?? [];
  return (wrapper?.instance as { readonly instance?: unknown } | undefined)?.instance;
}

function schemaOf({ providers }: Module): Schema | undefined {
  const host = [...providers.values()].find(({ name }) => name === 'GraphQLSchemaHost')?.instance as
    { readonly schema?: Schema } | undefined;
  try {
    return host?.schema ?? undefined;
  } catch {
    // Throws before the module is initialised, and always for a gateway.
    return undefined;
  }
}
