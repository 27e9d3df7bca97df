import { AuthzConfigError, listed } from '../../core/index.js';
import { compileRequirement } from '../../authorization/index.js';
import { fieldsGiven, nameOf, refuseUnguarded } from './graphql-findings.js';
import type { GraphqlApi, GraphqlMethod, Schema, SchemaType, TypeReference } from './graphql-apis.js';

/**
 * Stops the start if a federation subgraph allows unguarded access through `_entities`. No guard runs for `_entities` itself; entities are guarded
 * one by one, by their `@ResolveReference()`. For a type without one, the subgraph library uses the object that the client sent, so its fields would
 * be resolved without any token.
 * @throws AuthzConfigError that names the types and what to write.
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

/** A field without a decorator is allowed together with its operation, but here no operation was checked. */
function refuseOpenFields(entity: SchemaType, api: GraphqlApi, schema: Schema): void {
  const names = openFields(entity, api, schema);
  if (names.length === 0) return;
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_ENTITY',
    `${listed(names)} can be read without a token: ${entity.name} is an entity of a federation without a guarded reference resolver. ` +
      `Write a method with @ResolveReference() in a class with @Resolver(() => ${entity.name}), and a decorator that says who may look up an entity, ` +
      'or put such a decorator (@RequirePermissions(), @Public()) on each of these fields.',
  );
}

/**
 * Returns the fields, of an entity and of types reached from it, that run code without a requirement. Through fields without a resolver a client can
 * reach further types with values it made up.
 */
function openFields(entity: SchemaType, { options, methods }: GraphqlApi, schema: Schema): readonly string[] {
  const given = new Set(fieldsGiven(options).map(({ name }) => name));
  const found = new Set<string>();
  // Iterating a Set includes members that are added during the loop.
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

/** Returns the object types that a field may return: the type, or each member of an interface or union. */
function objectsOf(reference: TypeReference, schema: Schema): readonly SchemaType[] {
  let type = reference;
  while ('ofType' in type) type = type.ofType;
  return 'resolveType' in type ? schema.getPossibleTypes(type) : [type];
}
