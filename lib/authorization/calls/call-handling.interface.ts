import type { Credentials, RequestFacts } from '../../authentication/index.js';
import type { Principal, RefusalReason } from '../../core/index.js';
import type { Call, CallState } from './call-state.js';
import type { OpenCalls } from './open-calls.js';
import type { Refusal } from '../refusals/refusal.js';
import type { CallArguments } from './transport.interface.js';

/** How the calls of one transport carry a token in and a refusal out. The gate does everything else, the same for each transport. */
export interface CallHandling {
  /** See `Transport.carrier`. Called without `this`. */
  readonly carrier: (call: CallArguments) => object | undefined;
  credentials(call: CallArguments, dpop: boolean): Credentials;
  facts?(call: CallArguments): RequestFacts;
  header?(call: CallArguments, name: string): string | undefined;
  /** The object for which possession of a bound token is proven once, if it outlives one call: a connection. Default: the call's carrier. */
  holder?(call: CallArguments): object | undefined;
  refuse?(call: CallArguments, reason: RefusalReason, answer: Refusal): never;
  /** Called first, with each call, public ones too: removes what travels beside the payload. */
  unwrap?(call: CallArguments): void;
  /** Called with a call that has no carrier, before the call is refused: tells the operator why. */
  lost?(call: CallArguments): void;
  /** Called once the caller is known, also if the call is refused afterwards: for what the application reads by itself. */
  identify?(call: CallArguments, principal: Principal): void;
  /** Called with each admitted call whose caller is known: closes what may stay open when the caller's token ends. */
  admit?(call: Call, state: CallState, open: OpenCalls): void;
}
