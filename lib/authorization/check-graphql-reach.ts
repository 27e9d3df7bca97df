import { AuthzConfigError } from '../core/index.js';
import { compileRequirement } from './compile-requirement.js';
import { fieldsGiven, isOwn } from './graphql-findings.js';
import type { HandlerPlace } from './handler-places.js';
import { listed } from './listed.js';
import { ROOTS, type GraphqlApi, type GraphqlMethod, type Schema, type SchemaType } from './transports/graphql-apis.js';

/** A GraphQLModule with the schema that it serves. */
export interface ServedApi {
  readonly api: GraphqlApi;
  readonly schema: Schema;
}

/** Where a schema calls a method. */
interface Reach {
  /** The fields that it is called for: `Order.price`. */
  readonly called: readonly string[];
  /** Fields that are its own by what its decorators say, but that are served without it. */
  readonly open: readonly string[];
}

/**
 * Stops the start where a method of GraphQL asks for something, but no schema calls it, or serves a field of it by other means: its resolver is
 * outside of every `include`, its class has no `@Resolver()`, its field has another name in the schema, or its field is an interface's, whose
 * resolvers no server calls for the types that implement it.
 * @param places Every method that is marked as one of GraphQL's.
 * @throws AuthzConfigError that says which, and what to write.
 */
export function checkReach(places: readonly HandlerPlace[], apis: readonly ServedApi[]): void {
  const asking = places.filter(asksForSomething);
  const reached = asking.map((place) => ({ place, found: reachOf(place, apis) }));
  const open = reached.flatMap(({ place, found }) => found.open.map((field) => `${field} (${placeName(place)})`));
  if (open.length > 0) refuseOpen([...new Set(open)]);
  const lost = reached.filter(({ found }) => found.called.length === 0).map(({ place }) => placeName(place));
  if (lost.length > 0) refuseLost([...new Set(lost)]);
}

function asksForSomething(place: HandlerPlace): boolean {
  const { access } = compileRequirement(place);
  return access !== 'unstated' && access !== 'public';
}

function reachOf(place: HandlerPlace, apis: readonly ServedApi[]): Reach {
  const reaches = apis.flatMap((served) =>
    served.api.methods.filter((method) => isAt(method, place)).map((method) => reachIn(method, served)),
  );
  return { called: reaches.flatMap(({ called }) => called), open: reaches.flatMap(({ open }) => open) };
}

function isAt({ place }: GraphqlMethod, { prototype, key }: HandlerPlace): boolean {
  return place.prototype === prototype && place.key === key;
}

function reachIn(method: GraphqlMethod, { api, schema }: ServedApi): Reach {
  const { parent, field, isReference } = method;
  const type = typeOf(parent, schema);
  if (type === undefined) return { called: [], open: [] };
  // Looked up by who asks `_entities` for it; where there is none, nobody looks it up.
  if (isReference) return { called: [`${parent}.__resolveReference`], open: [] };
  if (type.getFields?.()[field] === undefined) return { called: [], open: [] };
  const isInterface = 'resolveType' in type;
  const types = isInterface ? schema.getPossibleTypes(type) : [type];
  const isCalled = (each: SchemaType) => isCalledFor(method, each, api, schema, isInterface);
  const names = (some: readonly SchemaType[]) => some.map(({ name }) => `${name}.${field}`);
  return { called: names(types.filter(isCalled)), open: names(types.filter((each) => !isCalled(each) && !isElsewhere(method, each, api))) };
}

function isCalledFor(method: GraphqlMethod, type: SchemaType, api: GraphqlApi, schema: Schema, isInterface: boolean): boolean {
  const { field } = method;
  const served = type.getFields?.()[field];
  if (!isOwn(served?.resolve) && !isOwn(served?.subscribe)) return false;
  if (fieldsGiven(api.options).some(({ name }) => name === `${type.name}.${field}`)) return false;
  const parents = [type, ...(isInterface ? (type.getInterfaces?.() ?? []) : [])].map(({ name }) => name);
  const rivals = api.methods.filter((other) => !other.isReference && other.field === field && parents.includes(other.parent));
  if (rivals.some((other) => !isAt(other, method.place) && meaningOf(other) !== meaningOf(method))) return false;
  return !isInterface || inheritsFromInterfaces(api, schema);
}

/** A type's own resolver says by itself who may call it. */
function isElsewhere(method: GraphqlMethod, type: SchemaType, api: GraphqlApi): boolean {
  const own = api.methods.filter(({ parent, field, isReference }) => !isReference && parent === type.name && field === method.field);
  return own.length > 0 && own.every((each) => !isAt(each, method.place) && compileRequirement(each.place).access !== 'unstated');
}

/** What is generated from classes, unless for a federation, has the resolvers of interfaces in the types that implement them. */
function inheritsFromInterfaces({ options }: GraphqlApi, schema: Schema): boolean {
  if (options.inheritResolversFromInterfaces === true) return true;
  const isGenerated = (options.autoSchemaFile ?? false) !== false;
  return isGenerated && schema.getQueryType()?.getFields()['_service'] === undefined;
}

function meaningOf({ place }: GraphqlMethod): string {
  return JSON.stringify(compileRequirement(place));
}

function typeOf(name: string, schema: Schema): SchemaType | undefined {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots[ROOTS.indexOf(name)] ?? schema.getTypeMap()[name];
}

function placeName({ type, key }: HandlerPlace): string {
  return `${type.name}.${String(key)}`;
}

function refuseOpen(names: readonly string[]): never {
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_OPEN_FIELD',
    `A schema serves ${listed(names)} without the method in brackets, so nothing enforces what its decorators ask for. For a field of an interface ` +
      'write inheritResolversFromInterfaces: true into the options of GraphQLModule, or a @ResolveField() with a decorator for each type. Where ' +
      'several methods stand for one field, leave one.',
  );
}

function refuseLost(names: readonly string[]): never {
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_UNREACHED',
    `No field of a schema calls ${listed(names)}, so nothing enforces what the decorators there ask for. Have a GraphQLModule include its module, ` +
      'put it into a provider with @Resolver(), and give it the name of its field in the schema.',
  );
}
