import { type CallArguments, refusal } from '../../authorization/index.js';
import type { Schema } from './graphql-apis.js';
import { graphqlContext } from './graphql-carrier.js';
import { fieldName } from './graphql-operation.js';
import { GraphqlRefusedException } from './graphql-refused.exception.js';

type Resolve = (this: unknown, ...call: unknown[]) => unknown;

/** The fields for which the guard has allowed a subscription, by operation context. */
const subscribed = new WeakMap<object, Set<string>>();
/** Resolvers that are already wrapped. */
const closed = new WeakSet<Resolve>();

/** Records that the guard allows an operation to subscribe to a field. */
export function noteSubscription(call: CallArguments): void {
  const context = graphqlContext(call) as object;
  const fields = subscribed.get(context);
  if (fields === undefined) subscribed.set(context, new Set([fieldName(call)]));
  else fields.add(fieldName(call));
}

/** Removes the record, when a later check refuses the subscription. */
export function forgetSubscription(call: CallArguments): void {
  subscribed.get(graphqlContext(call) as object)?.delete(fieldName(call));
}

/**
 * Resolves the values of a subscription only for clients that have subscribed, since guards run when a client subscribes. graphql-js also resolves
 * subscription fields that are sent like a query, which Apollo and Mercurius accept over HTTP.
 */
export function closeSubscriptions(schema: Schema): void {
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    const { resolve } = field;
    if (typeof resolve !== 'function' || closed.has(resolve as Resolve)) continue;
    field.resolve = closing(resolve as Resolve);
  }
}

function closing(resolve: Resolve): Resolve {
  const closedResolve: Resolve = function (...call) {
    if (isSubscribed(call)) return resolve.apply(this, call);
    throw new GraphqlRefusedException('context_unknown', refusal('context_unknown'), { status: undefined, headers: undefined });
  };
  closed.add(closedResolve);
  return closedResolve;
}

function isSubscribed(call: CallArguments): boolean {
  const context = graphqlContext(call);
  return typeof context === 'object' && context !== null && subscribed.get(context)?.has(fieldName(call)) === true;
}
