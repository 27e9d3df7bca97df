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
import { hasSeveralRoots, isSubscribing, isSubscription, isWholeOperation } from './graphql-operation.js';
import { GraphqlRefusedException, type HttpOutcome } from './graphql-refused.exception.js';
import { forgetSubscription, noteSubscription } from './graphql-subscriptions.js';

/** What Mercurius puts into the context of an operation. */
interface MercuriusContext {
  readonly app?: { readonly graphql?: unknown };
  readonly reply?: { header?(name: string, value: string): unknown };
}

/**
 * GraphQL: `[root, args, context, info]`. Over HTTP the token is in the Authorization header of the request, on a socket there or in the
 * payload of `connection_init`.
 */
export class GraphqlTransport implements CallHandling {
  private readonly logger = new AuthzLogger('Authz');
  private isToldOfLost = false;

  /** @param refusals Records what this refuses before the gate is asked. Default: such refusals are not recorded. */
  constructor(
    private readonly sources: TokenSources = BY_DEFAULT,
    private readonly refusals?: Refusals,
  ) {}

  readonly carrier: CallHandling['carrier'] = (call) => graphqlCarrier(graphqlContext(call));

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

  /** Says once what the application has to change, since nothing that comes this way can be let in. */
  lost(): void {
    if (this.isToldOfLost) return;
    this.isToldOfLost = true;
    this.logger.warn(
      'Nobody can tell which request or connection an operation of GraphQL came by, so it is refused. Where GraphQLModule has a context of your own, ' +
        'let it be a function that returns a new object each time, with the request itself in it, and for subscriptions what graphql-ws gave: ' +
        'context: (given) => ({ req: given.req ?? given }).',
    );
  }

  /** There was one when the guard began; where one object is the context of several requests it may have become another's since. */
  private sourceOf(call: CallArguments): GraphqlSource {
    const source = graphqlSource(graphqlContext(call));
    if (source !== undefined) return source;
    this.lost();
    return this.refuseUnknown(call, 'a GraphQL operation');
  }

  /**
   * A subscription has one field (GraphQL, section 5.2.3.1). Not every server checks: where it has more, only the first has its guards run, and
   * the values of all are sent.
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
