import { BY_DEFAULT, type Credentials, type RequestFacts, type TokenSources } from '../../authentication/index.js';
import type { RefusalReason } from '../../core/index.js';
import {
  AuthzLogger,
  type Call,
  type CallArguments,
  type CallHandling,
  type CallState,
  type OpenCalls,
  refusal,
  type Refusal,
  type Refusals,
} from '../../authorization/index.js';
import { graphqlCarrier, graphqlContext, graphqlSource, type GraphqlSource } from './graphql-carrier.js';
import { endWithToken } from './graphql-connection.js';
import { graphqlCredentials, graphqlFacts, graphqlHeader } from './graphql-credentials.js';
import {
  graphqlArguments,
  graphqlUnit,
  hasSeveralRoots,
  isSubscribing,
  isSubscription,
  isWholeOperation,
} from './graphql-operation.js';
import { GraphqlRefusedException, type HttpOutcome } from './graphql-refused.exception.js';
import { forgetSubscription, noteSubscription } from './graphql-subscriptions.js';

/** The member that Mercurius adds to the context of an operation. */
interface MercuriusContext {
  readonly app?: { readonly graphql?: unknown };
  readonly reply?: { header?(name: string, value: string): unknown };
}

/**
 * GraphQL: `[root, args, context, info]`. The token is in the Authorization header of the request, on a socket alternatively in the payload of
 * `connection_init`.
 */
export class GraphqlTransport implements CallHandling {
  private readonly logger = new AuthzLogger('Authz');
  private isLostLogged = false;

  /** @param refusals Records refusals that this transport makes before the guard runs. Default: they are not recorded. */
  constructor(
    private readonly sources: TokenSources = BY_DEFAULT,
    private readonly refusals?: Refusals,
  ) {}

  readonly carrier = graphqlCallCarrier;

  readonly unit = graphqlUnit;

  params(call: CallArguments): Readonly<Record<string, unknown>> {
    return graphqlArguments(call);
  }

  input(call: CallArguments): unknown {
    return graphqlArguments(call);
  }

  unwrap(call: CallArguments): void {
    if (!isSubscribing(call)) return;
    if (hasSeveralRoots(call)) this.refuseMany(call);
    noteSubscription(call);
  }

  credentials(call: CallArguments, dpop: boolean): Credentials {
    return graphqlCredentials(this.sourceOf(call), dpop, this.sources);
  }

  facts(call: CallArguments): RequestFacts {
    return graphqlFacts(this.sourceOf(call));
  }

  header(call: CallArguments, name: string): string | undefined {
    return graphqlHeader(this.sourceOf(call), name);
  }

  refuse(call: CallArguments, reason: RefusalReason, answer: Refusal): never {
    if (isSubscribing(call)) forgetSubscription(call);
    throw new GraphqlRefusedException(reason, answer, outcome(call, answer));
  }

  admit({ args }: Call, state: CallState, open: OpenCalls): void {
    const source = this.sourceOf(args);
    if (source.connection !== undefined || isSubscription(args)) endWithToken(source, state, open);
    else source.request.user = state.principal;
  }

  /** Logs once what the application has to change: every call on this transport is refused. */
  lost(): void {
    if (this.isLostLogged) return;
    this.isLostLogged = true;
    this.logger.warn(
      'Refused a GraphQL operation whose request or connection cannot be determined. If GraphQLModule has a "context" option, write a function that ' +
        'returns a new object each time, with the request itself or, for subscriptions, the context of graphql-ws: ' +
        'context: (given) => ({ req: given.req ?? given }).',
    );
  }

  /** The carrier existed when the guard started; a shared context object may have been taken over by another request since. */
  private sourceOf(call: CallArguments): GraphqlSource {
    const source = graphqlSource(graphqlContext(call));
    if (source !== undefined) return source;
    this.lost();
    return this.refuseUnknown(call, 'a GraphQL operation');
  }

  /**
   * Refuses a subscription with several fields (GraphQL, section 5.2.3.1). Not every server validates this: guards would run for the first field
   * only, and the values of all fields are sent.
   */
  private refuseMany(call: CallArguments): never {
    return this.refuseUnknown(call, 'a GraphQL subscription to more than one field');
  }

  private refuseUnknown(call: CallArguments, name: string): never {
    const reason = 'context_unknown';
    this.refusals?.note({ name, reason });
    return this.refuse(call, reason, refusal(reason));
  }
}

/** One function for all applications: the carriers of a process are kept as long as it runs. */
function graphqlCallCarrier(call: CallArguments): object | undefined {
  return graphqlCarrier(graphqlContext(call));
}

function outcome(call: CallArguments, { status, headers }: Refusal): HttpOutcome {
  const context = graphqlContext(call);
  if (graphqlSource(context)?.connection !== undefined || isSubscription(call)) return { status: undefined, headers: undefined };
  const whole = isWholeOperation(call) ? status : undefined;
  const { app, reply } = context as MercuriusContext;
  if (typeof app?.graphql !== 'function')
    return { status: whole, headers: new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])) };
  for (const [name, value] of Object.entries(headers)) reply?.header?.(name, value);
  return { status: whole, headers: undefined };
}
