import type { Credentials, RequestFacts } from '../../authentication/index.js';
import type { Principal, RefusalReason } from '../../core/index.js';
import type { Call, CallState } from './call-state.js';
import type { OpenCalls } from './open-calls.js';
import type { Refusal } from '../refusals/refusal.js';

/**
 * What Nest calls a handler with, by the type of the execution context: `[request, response]` of HTTP, `[root, args, context, info]` of GraphQL,
 * `[client, data]` of WebSockets, `[data, context]` of microservices, `[data, metadata, call]` of gRPC.
 */
export type CallArguments = readonly unknown[];

/** How one way into the service carries a token in and a refusal out. All else is the same on each. */
export interface Transport {
  /**
   * The object that lives as long as the call, on which the guard keeps the caller: a request, a message's context. `undefined` if the call has
   * none; it is refused then. Called without `this`.
   */
  readonly carrier: (call: CallArguments) => object | undefined;
  /** Reads what a call carries by way of credentials. @param dpop Whether the scheme DPoP is accepted beside Bearer. */
  credentials(call: CallArguments, dpop: boolean): Credentials;
  /** What proof of possession needs to know of it. */
  facts(call: CallArguments): RequestFacts;
  /** A header that came with it, or what stands for one: `traceparent`. @param name In lower case. */
  header(call: CallArguments, name: string): string | undefined;
  /** What possession of a bound token is proven on, where that is more than one call: a connection. Default: the call's carrier. */
  holder?(call: CallArguments): object | undefined;
  /** Ends it with what clients of this transport understand. @throws always. */
  refuse(call: CallArguments, reason: RefusalReason, answer: Refusal): never;
  /** Called first, with each call, public ones too: takes out what travels beside the payload. */
  unwrap?(call: CallArguments): void;
  /** Called with a call of which nothing was found to keep, before it is refused: tells the operator why. */
  lost?(call: CallArguments): void;
  /** Called once the caller is known, also where it is refused afterwards: for what the application reads by itself. */
  identify?(call: CallArguments, principal: Principal): void;
  /** Called with each call let in whose caller is known: what may stay open is to end with the caller's token. */
  admit?(call: Call, state: CallState, open: OpenCalls): void;
}
