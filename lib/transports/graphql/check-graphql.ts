import type { ModulesContainer } from '@nestjs/core';
import type { TypeMetadataStorage } from '@nestjs/graphql';
import { AuthzConfigError, isMissing, listed, missingPackage } from '../../core/index.js';
import { checkEntities } from './check-graphql-entities.js';
import { type Class, classChain, compileRequirement, type HandlerRules, statementsOf } from '../../authorization/index.js';
import { graphqlApis, graphqlPlaces, ROOTS, type GraphqlApi, type Schema } from './graphql-apis.js';
import { checkReach, type ServedApi } from './check-graphql-reach.js';
import { fieldsGiven, isOwn, nameOf, refuseUnguarded, type GivenField } from './graphql-findings.js';
import { leaveMessageLoop } from './graphql-scope.guard.js';
import { closeSubscriptions } from './graphql-subscriptions.js';

type Modules = Pick<ModulesContainer, 'values'>;

/** Root fields of a federation without a Nest method. The entities they look up are guarded one by one. */
const OF_FEDERATION = ['_service', '_entities'];

/**
 * Stops the start if the options or decorators show that a GraphQL resolver would run without the guard.
 * @throws AuthzConfigError that names the resolver and what to write.
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
 * Checks the schemas and types, which exist once all modules are initialised, and closes subscriptions to callers that have not subscribed.
 * @throws AuthzConfigError
 */
export async function guardGraphqlSchemas(modules: Modules): Promise<void> {
  const apis = graphqlApis(modules);
  if (apis.length === 0) return;
  refuseDecoratedTypes(await typeClasses());
  const served: ServedApi[] = [];
  for (const api of apis) {
    const schema = api.schema();
    // Only gateways have no schema of their own.
    if (schema === undefined) return refuseGateway();
    const roots = rootsOf(schema);
    refuseRootFields(
      api,
      roots.map(({ name }) => name),
    );
    refuseOtherRootFields(api, roots);
    checkEntities(api, schema);
    closeSubscriptions(schema);
    leaveMessageLoop(api);
    served.push({ api, schema });
  }
  checkReach(graphqlPlaces(modules), served);
}

/** Returns whether the module is a federation gateway, which has no schema whose fields could be guarded. */
function isGateway({ options: { driver, gateway } }: GraphqlApi): boolean {
  return (gateway ?? undefined) !== undefined || driver?.name?.endsWith('GatewayDriver') === true;
}

function refuseGateway(): never {
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_GATEWAY',
    'A GraphQLModule of this application has no schema, like a federation gateway: it forwards operations without ' +
      'running a guard. Run the gateway in an application without AuthzModule, let it forward the Authorization header, and guard each of its ' +
      'subgraphs with AuthzModule.',
  );
}

/** Refuses a `context` object on drivers that pass the same object to every request: the second caller would be taken for the first. */
function refuseSharedContext({ options: { driver, context } }: GraphqlApi): void {
  if (driver === undefined || typeof context !== 'object' || context === null || !sharesContext(driver)) return;
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_CONTEXT',
    `"context" of GraphQLModule must be a function, got an object: ${driver.name ?? 'the driver'} would share the object, and the caller in it, between ` +
      'all requests. Write context: () => ({ ... }).',
  );
}

/** Mercurius shares the object, and so does Apollo before `@nestjs/apollo` 14, which copies it. */
function sharesContext({ name = '', prototype = {} }: NonNullable<GraphqlApi['options']['driver']>): boolean {
  return name.startsWith('Mercurius') || ('assignReqProperty' in prototype && !('cloneContext' in prototype));
}

/** Without the option, Nest runs guards for the fields of the three root types only, not for other fields and reference resolvers. */
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
    `Nest runs no guard for ${listed(names)}, so the decorators there have no effect. ` +
      "Write fieldResolverEnhancers: ['guards'] into the options of GraphQLModule.",
  );
}

/** A field without a decorator is allowed together with its operation, but a field of a root type is the operation. */
function refuseRootFields({ methods }: GraphqlApi, roots: readonly string[]): void {
  const names = methods
    .filter(({ parent, isField }) => isField && roots.includes(parent))
    .filter(({ place }) => compileRequirement(place).access === 'unstated')
    .map(nameOf);
  if (names.length === 0) return;
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_ROOT',
    `${listed(names)} is an operation, written as a field of ${roots.join(', ')}. Write @Query(), @Mutation() or @Subscription() instead of ` +
      '@ResolveField(), or a decorator that says who may call it, such as @RequirePermissions() or @Public().',
  );
}

/** graphql-js calls resolvers from the options itself, without guards, and prefers them to Nest's. */
function refuseOtherResolvers({ options, methods }: GraphqlApi, rules: HandlerRules): void {
  const guarded = methods.filter(({ place }) => rules.at(place).requirement.access !== 'public');
  const taken = new Set(guarded.map(({ parent, field }) => `${parent}.${field}`));
  const given = fieldsGiven(options);
  const isRefused = ({ parent, field, name }: GivenField) =>
    ROOTS.includes(parent) || taken.has(name) || field === '__resolveReference';
  refuseUnguarded(given.filter(isRefused).map(({ name }) => name));
}

/** Refuses resolvers of root fields that the options or a plugin added to the schema. */
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

/** Refuses decorators on classes that describe types: the application creates their instances, not Nest, so no guard runs for them. */
function refuseDecoratedTypes(types: readonly Class[]): void {
  const names = types.flatMap(decoratedIn);
  if (names.length === 0) return;
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_TYPE',
    `The decorators on ${listed([...new Set(names)])} have no effect: no guard runs for a class that describes a type. ` +
      'Put them on the resolvers that return the type, or write the field as a method with @ResolveField(), in a class with @Resolver().',
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

/** Loads the optional package, only in applications with a GraphQLModule. */
async function typeMetadata(): Promise<typeof TypeMetadataStorage> {
  // In a `try` block: bundlers then treat the package as optional.
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
