import type { Finding } from '../../authentication/index.js';
import type { Decision, Principal, RefusalReason } from '../../core/index.js';
import type { PermissionResolution } from '../../mapping/index.js';

/** A refusal as the log tells of it: what was found, as it is. */
export interface RefusedCall {
  /** What was refused: `OrdersController.remove`. One of a bounded number. */
  readonly name: string;
  readonly reason: RefusalReason;
  /** What is wrong with the credentials, and the issuer whose token it claims to be. */
  readonly finding?: Finding | undefined;
  readonly issuer?: string | undefined;
  /** Who was refused, where the token was good. */
  readonly principal?: Principal | undefined;
  readonly resolution?: PermissionResolution | undefined;
  readonly decision?: Extract<Decision, { readonly allowed: false }> | undefined;
  /** Why the handler is unknown. */
  readonly doubt?: string | undefined;
}

/** What only the place of a refusal knows. */
export type RefusalContext = Omit<RefusedCall, 'reason'>;
