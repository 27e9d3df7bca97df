import type { Finding } from '../../authentication/index.js';
import type { Decision, Principal, RefusalReason } from '../../core/index.js';
import type { PermissionResolution } from '../../mapping/index.js';

/** A refusal, for the log. Its values are not escaped yet. */
export interface RefusedCall {
  /** Name of the refused handler: `OrdersController.remove`. Bounded in number. */
  readonly name: string;
  readonly reason: RefusalReason;
  /** The reason by which the client is refused, if it must not learn the reason. */
  readonly answeredAs?: RefusalReason | undefined;
  /** What is wrong with the credentials. */
  readonly finding?: Finding | undefined;
  /** Issuer that the token claims. */
  readonly issuer?: string | undefined;
  /** The refused caller, if the token is valid. */
  readonly principal?: Principal | undefined;
  readonly resolution?: PermissionResolution | undefined;
  readonly decision?: Extract<Decision, { readonly allowed: false }> | undefined;
  /** Why the call cannot be traced to one handler. */
  readonly doubt?: string | undefined;
}

/** What the code that refuses a call knows about it. */
export type RefusalContext = Omit<RefusedCall, 'reason'>;
