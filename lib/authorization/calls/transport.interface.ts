import type { Credentials, RequestFacts } from '../../authentication/index.js';
import type { Principal, RefusalReason } from '../../core/index.js';
import type { Refusal } from '../refusals/refusal.js';

/**
 * The arguments with which Nest calls a handler, by type of the execution context: `[request, response]` of HTTP, `[root, args, context, info]`
 * of GraphQL, `[client, data]` of WebSockets, `[data, context]` of microservices, `[data, metadata, call]` of gRPC.
 */
export type CallArguments = readonly unknown[];

/** One kind of handler, recognised by the metadata that its decorator leaves on the method. */
export interface HandlerKind {
  /** Name of the kind: `route`, `message`, `job`. */
  readonly kind: string;
  /** Key of the metadata on the method. A method with several kinds counts as the first one. */
  readonly metadata: string | symbol;
  /** What the start report calls several of them: `routes`, `jobs`. Default: they are not counted. */
  readonly plural?: string;
  /** Whether such handlers may have `@ServiceTask()`: no user is behind their calls. Default: false. */
  readonly mayBeTask?: boolean;
  /**
   * Whether a handler without a decorator is admitted with the call that led to it, which was guarded: a field of a GraphQL operation. Default:
   * false, such a handler is refused.
   */
  readonly isPartOfCall?: boolean;
}

/** What is known of a transport before any call, also if the package that it needs is not installed. */
export interface TransportDescription {
  /** Type of Nest's execution context: what `ExecutionContext.getType()` returns. */
  readonly type: string;
  /** Name in logs and errors: `HTTP`. */
  readonly name: string;
  /** Which methods are its handlers. */
  readonly handlerKinds: readonly HandlerKind[];
}

/** The handler of an admitted call. */
export interface HandlerFacts {
  /** `OrdersController.list`. Unique within the application. */
  readonly name: string;
  /** The kind of handler; `undefined` if the method has no metadata of any kind. */
  readonly kind?: string | undefined;
  /** Whether revoked tokens are accepted, for what services must be able to read at any time. Default: false. */
  readonly isControlPlane?: boolean;
}

/** A call that the guard has admitted. */
export interface AdmittedCall {
  readonly args: CallArguments;
  readonly rule: HandlerFacts;
}

/** Something open that ends with its caller's token. */
export interface OpenCall {
  /** The caller has sent a newer token: it ends with that one. */
  renew(principal: Principal): void;
  /** It has ended by itself. */
  release(): void;
}

/** Watches what stays open after its handler has returned. */
export interface OpenCallWatch {
  /** Calls `end` once, when the principal's token expires or is revoked, unless the returned call is released before. */
  watch(principal: Principal, end: (reason: RefusalReason, answer: Refusal) => unknown): OpenCall;
}

/**
 * A transport: how calls reach handlers, how a call carries its token, and what a refusal looks like. Give one of your own to
 * `AuthzModule.forRoot({ transports: [...] })`.
 *
 * @example
 * const jobs: Transport = {
 *   type: 'job',
 *   name: 'jobs',
 *   handlerKinds: [{ kind: 'job', metadata: 'acme:job', plural: 'jobs' }],
 *   carrier: ([job]) => job as Job,
 *   credentials: ([job], dpop) => bearerCredentials((job as Job).headers['authorization'], dpop),
 * };
 */
export interface Transport extends TransportDescription {
  /**
   * Returns the object that lives as long as the call, on which the guard keeps the caller: a request, a message's context. `undefined`: the
   * call has none and is refused (reason `context_unknown`). Called without `this`.
   */
  readonly carrier: (call: CallArguments) => object | undefined;
  /** Reads the token that a call carries. @param dpop Whether the scheme DPoP is accepted beside Bearer. */
  credentials(call: CallArguments, dpop: boolean): Credentials;
  /** Returns what proof of possession is checked against. Default: nothing, so a token that is bound to a key is refused. */
  facts?(call: CallArguments): RequestFacts;
  /** Returns a header of the call, such as `traceparent`. Default: it has none. @param name In lower case. */
  header?(call: CallArguments, name: string): string | undefined;
  /** Ends a refused call as clients of this transport expect. Default: throws `AuthzRefusedException`. @throws always. */
  refuse?(call: CallArguments, reason: RefusalReason, answer: Refusal): never;
  /** Called once the caller is known, also if the call is refused afterwards: for what the application reads by itself. */
  identify?(call: CallArguments, principal: Principal): void;
  /** Called with each admitted call whose caller is known: closes what may stay open when the caller's token ends. Default: nothing stays open. */
  admit?(call: AdmittedCall, caller: { readonly principal: Principal }, open: OpenCallWatch): void;
}
