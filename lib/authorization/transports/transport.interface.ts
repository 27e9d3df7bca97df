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

/** Describes a transport. Needs no call, and not the transport's package. */
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
  /** Whether revoked tokens are accepted, so that services can read the revocations themselves. Default: false. */
  readonly isControlPlane?: boolean;
}

/** A call that the guard has admitted. */
export interface AdmittedCall {
  readonly args: CallArguments;
  readonly rule: HandlerFacts;
}

/** An open call, which is closed when its caller's token expires or is revoked. */
export interface OpenCall {
  /** Replaces the token: the caller has sent a newer one. */
  renew(principal: Principal): void;
  /** Stops watching: the call was closed for another reason. */
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
  /** Returns the facts for the check of proof of possession. Default: nothing, so a token that is bound to a key is refused. */
  facts?(call: CallArguments): RequestFacts;
  /** Returns a header of the call, such as `traceparent`. Default: it has none. @param name In lower case. */
  header?(call: CallArguments, name: string): string | undefined;
  /**
   * Returns what the client named in the call, for loaders, policies and `conditionContext`: the parameters in the path of HTTP, the arguments of a
   * GraphQL field, the payload of a message if it is an object. Default: nothing.
   */
  params?(call: CallArguments): Readonly<Record<string, unknown>>;
  /** Returns what the client sent, for the function of `@Resource()`: the request of HTTP, the payload of a message. Default: the first argument. */
  input?(call: CallArguments): unknown;
  /**
   * Returns the object that belongs to the call of one handler alone, on which the guard keeps the resource. Needed only if one carrier serves several
   * calls to the same handler at a time, as a GraphQL request does. It must be among the arguments. Default: the carrier. Called without `this`.
   */
  readonly unit?: ((call: CallArguments) => object | undefined) | undefined;
  /** Refuses a call as clients of this transport expect. Default: throws `AuthzRefusedException`. @throws always. */
  refuse?(call: CallArguments, reason: RefusalReason, answer: Refusal): never;
  /** Passes the caller on to code that does not use `Authz`. Called once the caller is verified, also if the call is refused afterwards. */
  identify?(call: CallArguments, principal: Principal): void;
  /** Closes what stays open when the caller's token expires or is revoked. Called with each admitted call that has a caller. Default: nothing stays open. */
  admit?(call: AdmittedCall, caller: { readonly principal: Principal }, open: OpenCallWatch): void;
}
