import { AuthzConfigError, listed } from '../../core/index.js';
import { compileRequirement } from '../../authorization/index.js';
import { fieldsGiven, nameOf, refuseUnguarded } from './graphql-findings.js';
import type { GraphqlApi, GraphqlMethod, Schema, SchemaType, TypeReference } from './graphql-apis.js';

/**
 * Stops the start where a subgraph of a federation lets anyone in by `_entities`, which no guard runs for: the entities it looks up are guarded
 * one by one, by their `@ResolveReference()`. Of a type without one the subgraph library takes for the entity what the client sent, so nobody has
 * been asked for a token when its fields are resolved.
 * @throws AuthzConfigError that says what, and what to write.
 */
export function checkEntities(api: GraphqlApi, schema: Schema): void {
  if (schema.getQueryType()?.getFields()['_entities'] === undefined) return;
  const types = schema.getTypeMap();
  const lookedUp = new Set(api.methods.filter(({ isReference }) => isReference).map(({ parent }) => parent));
  const isForeign = (type: SchemaType) => hasReference(type) && !lookedUp.has(type.name);
  refuseUnguarded(
    Object.values(types)
      .filter(isForeign)
      .map(({ name }) => `${name}.__resolveReference`),
  );
  const entities = types['_Entity']?.getTypes?.() ?? [];
  for (const entity of entities) if (!lookedUp.has(entity.name)) refuseOpenFields(entity, api, schema);
}

function hasReference({ resolveReference, extensions }: SchemaType): boolean {
  return typeof (extensions?.apollo?.subgraph?.resolveReference ?? resolveReference) === 'function';
}

/** A field that says nothing belongs to the operation that led to it, but here none did. */
function refuseOpenFields(entity: SchemaType, api: GraphqlApi, schema: Schema): void {
  const names = openFields(entity, api, schema);
  if (names.length === 0) return;
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_ENTITY',
    `Anyone could ask for ${listed(names)} without a token: ${entity.name} is an entity of a federation, and has no reference resolver that a guard ` +
      `runs for. Write a method with @ResolveReference() in a class with @Resolver(() => ${entity.name}), and a decorator that says who may look one up; ` +
      'or such a decorator (@RequirePermissions(), @Public()) on each of these fields.',
  );
}

/**
 * The fields, of an entity or of what is in it, for which code runs that asks for nothing. Through fields that have no resolver a client leads on
 * as it likes, with values that it made up.
 */
function openFields(entity: SchemaType, { options, methods }: GraphqlApi, schema: Schema): readonly string[] {
  const given = new Set(fieldsGiven(options).map(({ name }) => name));
  const found = new Set<string>();
  // A set goes on through what is added meanwhile.
  const reached = new Set([entity]);
  for (const type of reached) {
    const parents = [type, ...(type.getInterfaces?.() ?? [])].map(({ name }) => name);
    for (const [field, { type: leadsTo }] of Object.entries(type.getFields?.() ?? {})) {
      const own = methods.filter((method) => method.isField && method.field === field && parents.includes(method.parent));
      const others = parents.map((parent) => `${parent}.${field}`).filter((name) => given.has(name));
      for (const name of [...own.filter(isUnstated).map(nameOf), ...others]) found.add(name);
      const next = own.length === 0 ? objectsOf(leadsTo, schema) : [];
      next.forEach((each) => reached.add(each));
    }
  }
  return [...found];
}

function isUnstated({ place }: GraphqlMethod): boolean {
  return compileRequirement(place).access === 'unstated';
}

/** What a field may give out: the type, or each of those that an interface or a union stands for. */
function objectsOf(reference: TypeReference, schema: Schema): readonly SchemaType[] {
  let type = reference;
  while ('ofType' in type) type = type.ofType;
  return 'resolveType' in type ? schema.getPossibleTypes(type) : [type];
}
