import { type CallArguments, refusal } from '../../authorization/index.js';
import type { Schema } from './graphql-apis.js';
import { graphqlContext } from './graphql-carrier.js';
import { fieldName } from './graphql-operation.js';
import { GraphqlRefusedException } from './graphql-refused.exception.js';

type Resolve = (this: unknown, ...call: unknown[]) => unknown;

/** The fields that guards have let an operation subscribe to, by its context. */
const subscribed = new WeakMap<object, Set<string>>();
/** What has been wrapped already. */
const closed = new WeakSet<Resolve>();

/** Keeps in mind that the guard lets an operation subscribe to a field. */
export function noteSubscription(call: CallArguments): void {
  const context = graphqlContext(call) as object;
  const fields = subscribed.get(context);
  if (fields === undefined) subscribed.set(context, new Set([fieldName(call)]));
  else fields.add(fieldName(call));
}

/** It does not after all. */
export function forgetSubscription(call: CallArguments): void {
  subscribed.get(graphqlContext(call) as object)?.delete(fieldName(call));
}

/**
 * Lets the values of a subscription be resolved only for who has subscribed: that is where guards run, but graphql-js resolves the fields of a
 * subscription as well where one is sent as if it were a query, as Apollo and Mercurius let anyone do over HTTP.
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
