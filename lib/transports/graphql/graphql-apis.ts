import 'reflect-metadata';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import type { Class, HandlerPlace } from '../../authorization/index.js';

type Modules = Pick<ModulesContainer, 'values'>;
type Module = ModulesContainer extends Map<string, infer M> ? M : never;
type Wrapper = Module['providers'] extends Map<unknown, infer W> ? W : never;

/** What we use of the options of a GraphQLModule. */
export interface GraphqlOptions {
  readonly driver?: { readonly name?: string; readonly prototype?: object };
  readonly context?: unknown;
  readonly include?: readonly unknown[];
  readonly fieldResolverEnhancers?: readonly string[];
  /** Set if the schema is generated from classes (code first). */
  readonly autoSchemaFile?: unknown;
  readonly inheritResolversFromInterfaces?: unknown;
  /** Resolvers that are no methods of Nest's, by type and field. */
  readonly resolvers?: unknown;
  /** The same of Mercurius, for many objects at once. */
  readonly loaders?: unknown;
  /** What a server forwards operations by, in place of a schema of its own. */
  readonly gateway?: unknown;
}

/** A method that Nest puts behind a field of a schema. */
export interface GraphqlMethod {
  readonly place: HandlerPlace;
  /** The type of the schema that has the field, as the decorators say. */
  readonly parent: string;
  readonly field: string;
  /** Whether `@ResolveField()` says so. */
  readonly isField: boolean;
  /** Whether `@ResolveReference()` says that it looks up an entity of a federation. */
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

/** Any type of it. */
export interface SchemaType {
  readonly name: string;
  /** Of an object, an interface and an input. */
  getFields?(): Readonly<Record<string, SchemaField>>;
  /** Of an object and an interface. */
  getInterfaces?(): readonly SchemaType[];
  /** Of a union. */
  getTypes?(): readonly SchemaType[];
  readonly resolveType?: unknown;
  /** Where subgraph libraries keep what looks up an entity: the older ones here, the newer ones in the extensions. */
  readonly resolveReference?: unknown;
  readonly extensions?: { readonly apollo?: { readonly subgraph?: { readonly resolveReference?: unknown } } };
}

/** A type, or a list of it, or either that is never null. */
export type TypeReference = SchemaType | { readonly ofType: TypeReference };

/** One GraphQLModule: a schema with its resolvers. */
export interface GraphqlApi {
  readonly options: GraphqlOptions;
  readonly methods: readonly GraphqlMethod[];
  /** There once the module has been initialised, and never of a gateway. */
  readonly schema: () => Schema | undefined;
  /** The application of Fastify or Express that its driver serves. */
  readonly server: () => unknown;
}

/** The token of the options of a GraphQLModule. By name, as what its decorators leave: the package need not be installed. */
const OPTIONS = 'GqlModuleOptions';
export const TYPE = 'graphql:resolver_type';
const NAME = 'graphql:resolver_name';
export const FIELD = 'graphql:resolve_property';
export const REFERENCE = 'graphql:resolve_reference';
/** Which type a value is of. Nest runs no guard for it, nor needs one. */
const RESOLVE_TYPE = '__resolveType';

/** What the three roots are called unless a schema says otherwise. Nest runs guards for their fields whatever the options say. */
export const ROOTS: readonly string[] = ['Query', 'Mutation', 'Subscription'];

/** Whether the application has a GraphQLModule. */
export function hasGraphql(modules: Modules): boolean {
  return [...modules.values()].some(({ providers }) => providers.has(OPTIONS));
}

/** Finds every GraphQLModule, with the resolvers that it finds: of all modules, or of those that it includes and what they import. */
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
  // A set goes on through what is added meanwhile.
  for (const { imports } of found) for (const each of imports) found.add(each);
  return [...found];
}

/** Of instances, as Nest does: also of what a factory makes. */
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

/** Returns all methods with a mark of `@nestjs/graphql`, also those that no GraphQLModule finds. */
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
    // It throws until it is there; of a gateway it never is.
    return undefined;
  }
}
