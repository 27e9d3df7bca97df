import { AuthzConfigError, listed } from '../../core/index.js';
import { compileRequirement, type HandlerPlace } from '../../authorization/index.js';
import { fieldsGiven, isOwn } from './graphql-findings.js';
import { ROOTS, type GraphqlApi, type GraphqlMethod, type Schema, type SchemaType } from './graphql-apis.js';

/** A GraphQLModule with the schema that it serves. */
export interface ServedApi {
  readonly api: GraphqlApi;
  readonly schema: Schema;
}

/** The fields of a schema that belong to a method. */
interface Reach {
  /** Fields for which the schema calls the method: `Order.price`. */
  readonly called: readonly string[];
  /** Fields that the decorators name, but that the schema serves without the method. */
  readonly open: readonly string[];
}

/**
 * Stops the start if a GraphQL method states a requirement, but no schema calls the method, or a schema serves its field by other means. Causes:
 * the resolver is outside of every `include`, the class has no `@Resolver()`, the field has another name in the schema, or the field belongs to
 * an interface, whose resolvers graphql-js does not call for the implementing types.
 * @param places All methods with metadata of `@nestjs/graphql`.
 * @throws AuthzConfigError that names the methods and what to write.
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
  // Called by `_entities`. If the schema lacks that field, no entity can be looked up.
  if (isReference) return { called: [`${parent}.__resolveReference`], open: [] };
  if (type.getFields?.()[field] === undefined) return { called: [], open: [] };
  const isInterface = 'resolveType' in type;
  const isInherited = !isInterface || inheritsFromInterfaces(api, schema);
  const types = isInterface ? schema.getPossibleTypes(type) : [type];
  const isCalled = (each: SchemaType) => isInherited && hasResolver(each, field, api) && !hasRival(method, each, api);
  const names = (some: readonly SchemaType[]) => some.map(({ name }) => `${name}.${field}`);
  return {
    called: names(types.filter(isCalled)),
    open: names(types.filter((each) => !isCalled(each) && !isElsewhere(method, each, api))),
  };
}

/** Returns whether the field's resolver comes from Nest and not from the options. */
function hasResolver(type: SchemaType, field: string, { options }: GraphqlApi): boolean {
  const served = type.getFields?.()[field];
  const isGiven = fieldsGiven(options).some(({ name }) => name === `${type.name}.${field}`);
  return (isOwn(served?.resolve) || isOwn(served?.subscribe)) && !isGiven;
}

/** Returns whether another method with a different requirement may have replaced this one. Nest keeps the last method that it finds. */
function hasRival(method: GraphqlMethod, type: SchemaType, { methods }: GraphqlApi): boolean {
  const interfaces = (type.getInterfaces?.() ?? []).map(({ name }) => name);
  const parents = method.parent === type.name ? [type.name] : [method.parent, type.name, ...interfaces];
  return methods
    .filter(({ parent, field, isReference }) => !isReference && field === method.field && parents.includes(parent))
    .some((other) => !isAt(other, method.place) && meaningOf(other) !== meaningOf(method));
}

/** Returns whether the type has its own resolver with a requirement. */
function isElsewhere(method: GraphqlMethod, type: SchemaType, api: GraphqlApi): boolean {
  const own = api.methods.filter(
    ({ parent, field, isReference }) => !isReference && parent === type.name && field === method.field,
  );
  return own.length > 0 && own.every((each) => !isAt(each, method.place) && compileRequirement(each.place).access !== 'unstated');
}

/** Nest copies the resolvers of interfaces into the implementing types in code-first schemas, except for a federation. */
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
    `A schema serves ${listed(names)} without calling the method in brackets, so its decorators have no effect. For a field of an interface, write ` +
      'inheritResolversFromInterfaces: true into the options of GraphQLModule, or a @ResolveField() with a decorator for each type. If several ' +
      'methods stand for one field, keep one.',
  );
}

function refuseLost(names: readonly string[]): never {
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_UNREACHED',
    `No field of a schema calls ${listed(names)}, so the decorators there have no effect. Include the module in a GraphQLModule, put the method ` +
      'into a provider with @Resolver(), and give the method the name that its field has in the schema.',
  );
}
