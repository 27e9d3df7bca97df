import type { ModulesContainer } from '@nestjs/core';
import type { TypeMetadataStorage } from '@nestjs/graphql';
import { AuthzConfigError, isMissing, listed, missingPackage } from '../../core/index.js';
import { checkEntities } from './check-graphql-entities.js';
import { type Class, classChain, compileRequirement, type HandlerRules, statementsOf } from '../../authorization/index.js';
import { graphqlApis, graphqlPlaces, ROOTS, type GraphqlApi, type Schema } from './graphql-apis.js';
import { checkReach, type ServedApi } from './check-graphql-reach.js';
import { fieldsGiven, isOwn, nameOf, refuseUnguarded, type GivenField } from './graphql-findings.js';
import { partFromMessages } from './graphql-scope.guard.js';
import { closeSubscriptions } from './graphql-subscriptions.js';

type Modules = Pick<ModulesContainer, 'values'>;

/** Fields of a federation's root that Nest has no method for; the entities they look up are guarded one by one. */
const OF_FEDERATION = ['_service', '_entities'];

/**
 * Stops the start where something of GraphQL would get past the guard, as far as the options and the decorators tell.
 * @throws AuthzConfigError that says what, and what to write.
 */
export function checkGraphql(modules: Modules, rules: HandlerRules): void {
  for (const api of graphqlApis(modules)) {
    if (isGateway(api)) refuseGateway();
    refuseSharedContext(api);
    refuseUnguardedFields(api, rules);
    refuseRootFields(api, ROOTS);
    refuseOtherResolvers(api, rules);
  }
}

/**
 * The same, as far as schemas and types tell, which are there once every module has been initialised; and closes what the schemas leave open.
 * @throws AuthzConfigError
 */
export async function guardGraphqlSchemas(modules: Modules): Promise<void> {
  const apis = graphqlApis(modules);
  if (apis.length === 0) return;
  refuseDecoratedTypes(await typeClasses());
  const served: ServedApi[] = [];
  for (const api of apis) {
    const schema = api.schema();
    // A gateway by any name.
    if (schema === undefined) return refuseGateway();
    const roots = rootsOf(schema);
    refuseRootFields(
      api,
      roots.map(({ name }) => name),
    );
    refuseOtherRootFields(api, roots);
    checkEntities(api, schema);
    closeSubscriptions(schema);
    partFromMessages(api);
    served.push({ api, schema });
  }
  checkReach(graphqlPlaces(modules), served);
}

/** Its driver generates no schema, whose fields could be guarded. */
function isGateway({ options: { driver, gateway } }: GraphqlApi): boolean {
  return (gateway ?? undefined) !== undefined || driver?.name?.endsWith('GatewayDriver') === true;
}

function refuseGateway(): never {
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_GATEWAY',
    'A GraphQLModule of this application has no schema of its own, as a gateway of a federation has none: it forwards operations without ' +
      'running a guard. Run the gateway in an application without AuthzModule, have it pass on the Authorization header, and guard each of its ' +
      'subgraphs with AuthzModule.',
  );
}

/** Such a driver hands the one object to every request, with the first one's in it: whoever comes next would be taken for the first. */
function refuseSharedContext({ options: { driver, context } }: GraphqlApi): void {
  if (driver === undefined || typeof context !== 'object' || context === null || !sharesContext(driver)) return;
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_CONTEXT',
    `"context" of GraphQLModule must be a function, got an object: ${driver.name ?? 'the driver'} would share it between all requests, and with it ` +
      'the caller. Write context: () => ({ ... }).',
  );
}

/** Mercurius does, and so does Apollo until `@nestjs/apollo` 14, which copies the object. */
function sharesContext({ name = '', prototype = {} }: NonNullable<GraphqlApi['options']['driver']>): boolean {
  return name.startsWith('Mercurius') || ('assignReqProperty' in prototype && !('cloneContext' in prototype));
}

/** Without the option Nest runs guards for the fields of the three roots, but for no other, and for no reference resolver. */
function refuseUnguardedFields({ options, methods }: GraphqlApi, rules: HandlerRules): void {
  if (options.fieldResolverEnhancers?.includes('guards') === true) return;
  const names = methods
    .filter(({ parent }) => !ROOTS.includes(parent))
    .map(({ place }) => rules.at(place))
    .filter(({ requirement }) => requirement.access !== 'public')
    .map(({ name }) => name);
  if (names.length === 0) return;
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_FIELDS',
    `Nest runs no guard for ${listed(names)}, so what the decorators ask for there would not be enforced. ` +
      "Write fieldResolverEnhancers: ['guards'] into the options of GraphQLModule.",
  );
}

/** A field that says nothing belongs to the operation that led to it, but nothing leads to a field of a root. */
function refuseRootFields({ methods }: GraphqlApi, roots: readonly string[]): void {
  const names = methods
    .filter(({ parent, isField }) => isField && roots.includes(parent))
    .filter(({ place }) => compileRequirement(place).access === 'unstated')
    .map(nameOf);
  if (names.length === 0) return;
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_ROOT',
    `${listed(names)} is an operation, written as a field of ${roots.join(', ')}. Write @Query(), @Mutation() or @Subscription() in place of ` +
      '@ResolveField(), or a decorator that says who may call it, such as @RequirePermissions() or @Public().',
  );
}

/** Resolvers given outright are called by graphql-js itself, past every guard, in place of Nest's where both are there. */
function refuseOtherResolvers({ options, methods }: GraphqlApi, rules: HandlerRules): void {
  const guarded = methods.filter(({ place }) => rules.at(place).requirement.access !== 'public');
  const taken = new Set(guarded.map(({ parent, field }) => `${parent}.${field}`));
  const given = fieldsGiven(options);
  const isRefused = ({ parent, field, name }: GivenField) =>
    ROOTS.includes(parent) || taken.has(name) || field === '__resolveReference';
  refuseUnguarded(given.filter(isRefused).map(({ name }) => name));
}

/** What the options or a plugin have put into the schema besides. */
function refuseOtherRootFields({ methods }: GraphqlApi, roots: readonly ReturnType<typeof rootsOf>[number][]): void {
  const known = new Set(methods.map(({ parent, field }) => `${parent}.${field}`));
  const names = roots.flatMap(({ name: root, standard, fields }) =>
    Object.entries(fields)
      .filter(([field, { resolve, subscribe }]) => !OF_FEDERATION.includes(field) && (isOwn(resolve) || isOwn(subscribe)))
      .filter(([field]) => !known.has(`${root}.${field}`) && !known.has(`${standard}.${field}`))
      .map(([field]) => `${root}.${field}`),
  );
  refuseUnguarded(names);
}

/** Classes that describe types are made by the application, not by Nest, so nothing enforces what decorators on them ask for. */
function refuseDecoratedTypes(types: readonly Class[]): void {
  const names = types.flatMap(decoratedIn);
  if (names.length === 0) return;
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_TYPE',
    `Nothing enforces what the decorators on ${listed([...new Set(names)])} ask for: no guard runs for a class that describes a type. ` +
      'Put them on the resolvers that give it out, or write the field as a method of a class with @Resolver(), with @ResolveField().',
  );
}

function decoratedIn(type: Class): readonly string[] {
  return classChain(type).flatMap((at) => {
    const methods = Object.entries(Object.getOwnPropertyDescriptors(at.prototype as object));
    const decorated = methods.filter(([, { value }]) => typeof value === 'function' && statementsOf(value as Class).length > 0);
    const names = decorated.filter(([name]) => name !== 'constructor').map(([name]) => `${at.name}.${name}`);
    return statementsOf(at).length > 0 ? [at.name, ...names] : names;
  });
}

/** Loads the optional package where the application has a GraphQLModule. */
async function typeMetadata(): Promise<typeof TypeMetadataStorage> {
  // Bundlers take an import that is tried for one that may be missing.
  try {
    return (await import('@nestjs/graphql')).TypeMetadataStorage;
  } catch (error) {
    throw isMissing(error, '@nestjs/graphql') ? missingPackage('@nestjs/graphql') : error;
  }
}

async function typeClasses(): Promise<readonly Class[]> {
  const TypeMetadataStorage = await typeMetadata();
  const described = [
    ...TypeMetadataStorage.getObjectTypesMetadata(),
    ...TypeMetadataStorage.getInterfacesMetadata(),
    ...TypeMetadataStorage.getInputTypesMetadata(),
    ...TypeMetadataStorage.getArgumentsMetadata(),
  ];
  return described.map(({ target }) => target as unknown as Class);
}

function rootsOf(schema: Schema) {
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return types.flatMap((type, index) =>
    type ? [{ name: type.name, standard: ROOTS[index] ?? '', fields: type.getFields() }] : [],
  );
}
