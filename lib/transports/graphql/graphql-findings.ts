import { AuthzConfigError, isRecord, listed } from '../../core/index.js';
import type { GraphqlMethod, GraphqlOptions } from './graphql-apis.js';

/** A field whose resolver comes from the options. */
export interface GivenField {
  readonly parent: string;
  readonly field: string;
  /** `Order.price` */
  readonly name: string;
}

/** Returns the fields whose resolvers are not Nest methods: graphql-js calls them itself. */
export function fieldsGiven({ resolvers, loaders }: GraphqlOptions): readonly GivenField[] {
  return [resolvers, loaders].flatMap(fieldsIn);
}

/** Reads one or several maps of types to maps of fields. Scalars and enums have no resolvers. */
function fieldsIn(given: unknown): readonly GivenField[] {
  if (Array.isArray(given)) return given.flatMap(fieldsIn);
  if (!isRecord(given)) return [];
  return Object.entries(given).flatMap(([parent, fields]) =>
    isRecord(fields) ? Object.keys(fields).map((field) => ({ parent, field, name: `${parent}.${field}` })) : [],
  );
}

/** Stops the start if graphql-js would call a resolver without any guard. @throws AuthzConfigError if `names` is not empty. */
export function refuseUnguarded(names: readonly string[]): void {
  if (names.length === 0) return;
  throw new AuthzConfigError(
    'AUTHZ_GRAPHQL_UNGUARDED',
    `No guard runs for ${listed(names)}: the resolver is not a method of a class with @Resolver(). ` +
      'Write such a method, with @Query(), @Mutation(), @Subscription(), @ResolveField() or @ResolveReference(), and a decorator that says who may call it.',
  );
}

/** `OrdersResolver.price` */
export function nameOf({ place: { type, key } }: GraphqlMethod): string {
  return `${type.name}.${String(key)}`;
}

/** Returns whether a resolver is more than the default of graphql-js, which reads a property. */
export function isOwn(resolver: unknown): boolean {
  return typeof resolver === 'function' && resolver.name !== 'defaultFieldResolver';
}
