import type { ExecutionContext } from '@nestjs/common';
import type { Credentials, RequestFacts } from '../../authentication/index.js';
import type { Principal, RefusalReason } from '../../core/index.js';
import type { PermissionResolution } from '../../mapping/index.js';
import type { HandlerRule } from '../requirements/handler-rule.interface.js';
import type { Refusal } from '../refusals/refusal.js';
import type { OpenCalls } from './open-calls.js';
import type { CallArguments } from '../transports/transport.interface.js';

/** What the guard found out about the caller. */
export interface CallState {
  /** `undefined`: work that runs as a principal, outside any request. */
  readonly token: string | undefined;
  readonly principal: Principal;
  readonly transport: CallHandling;
  readonly resolution: PermissionResolution;
  /** Returns what the call brings for conditions over `context`. Default: nothing. */
  readonly context?: (() => Readonly<Record<string, unknown>>) | undefined;
}

/** A call whose code is running. */
export interface RunningCall {
  readonly transport: CallHandling;
  readonly args: CallArguments;
  /** The object that lives as long as the call (the request, the socket, the message's context). The guard keeps the caller on it. */
  readonly carrier: object;
  /** Whether the call is over: code that it started must not continue in its caller's name. Default: never. */
  isOver?(): boolean;
}

/** A call on its way through the gate. */
export interface Call extends RunningCall {
  readonly rule: HandlerRule;
  /** The handler; `undefined` for a connection. */
  readonly context?: Pick<ExecutionContext, 'getClass' | 'getHandler'> | undefined;
  /** Receives the record of a refusal if the call is only a trial. Default: a refusal is recorded at once. */
  readonly noteLater?: ((note: () => void) => void) | undefined;
}

/** How the calls of one transport carry a token in and a refusal out. The gate does everything else, the same for each transport. */
export interface CallHandling {
  /** See `Transport.carrier`. Called without `this`. */
  readonly carrier: (call: CallArguments) => object | undefined;
  credentials(call: CallArguments, dpop: boolean): Credentials;
  facts?(call: CallArguments): RequestFacts;
  header?(call: CallArguments, name: string): string | undefined;
  /** The object for which possession of a bound token is proven once, if it outlives one call: a connection. Default: the call's carrier. */
  holder?(call: CallArguments): object | undefined;
  /** See `Transport.params`. */
  params?(call: CallArguments): Readonly<Record<string, unknown>>;
  /** See `Transport.input`. */
  input?(call: CallArguments): unknown;
  /** See `Transport.unit`. Called without `this`. */
  readonly unit?: ((call: CallArguments) => object | undefined) | undefined;
  refuse?(call: CallArguments, reason: RefusalReason, answer: Refusal): never;
  /** Removes the envelope around the payload. Called first with every call, public ones too. */
  unwrap?(call: CallArguments): void;
  /** Logs why a call has no carrier. Called before that call is refused. */
  lost?(call: CallArguments): void;
  /** Passes the caller on to code that does not use `Authz`. Called once the caller is verified, also if the call is refused afterwards. */
  identify?(call: CallArguments, principal: Principal): void;
  /** Closes what stays open when the caller's token expires or is revoked. Called with each admitted call that has a caller. */
  admit?(call: Call, state: CallState, open: OpenCalls): void;
}
