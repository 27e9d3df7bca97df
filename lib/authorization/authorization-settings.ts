import { AuthzConfigError, shown } from '../core/index.js';
import type { AuthorizationOptions } from './authorization-options.interface.js';

/** The options of this room, read and with defaults filled in. */
export type AuthorizationSettings = Required<AuthorizationOptions>;

/** @throws AuthzConfigError naming the option, what came and what to write. */
export function parseAuthorizationSettings({ undecorated = 'deny' }: AuthorizationOptions): AuthorizationSettings {
  if (['deny', 'authenticated'].includes(undecorated)) return { undecorated };
  throw new AuthzConfigError(
    'AUTHZ_UNDECORATED',
    `"undecorated" must be 'deny' (default) or 'authenticated', got ${shown(undecorated)}.`,
  );
}
