/** Where drivers put the request: Apollo in `req`, Mercurius as well, or as the `reply` that answers it. */
interface GraphqlContext {
  readonly req?: unknown;
  readonly request?: unknown;
  readonly reply?: { readonly request?: unknown };
}

/** The HTTP request or the connection that an operation came by. One request may ask for many fields: what is known of the caller is kept once. */
export function graphqlCarrier(context: unknown): unknown {
  if (typeof context !== 'object' || context === null) return undefined;
  const { req, request, reply } = context as GraphqlContext;
  return req ?? request ?? reply?.request;
}
