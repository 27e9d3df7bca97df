import { AuthzConfigError, shown } from '../core/index.js';
import type { AuthorizationOptions } from './authorization-options.interface.js';
import { isEnforcementMode } from './enforcement-mode.js';

/** What the options say about every handler, with defaults filled in. */
export type AuthorizationSettings = Required<Pick<AuthorizationOptions, 'undecorated' | 'mode'>>;

/** @throws AuthzConfigError naming the option, what came and what to write. */
export function parseAuthorizationSettings({
  undecorated = 'deny',
  mode = 'enforce',
}: AuthorizationOptions): AuthorizationSettings {
  if (!['deny', 'authenticated'].includes(undecorated))
    throw new AuthzConfigError(
      'AUTHZ_UNDECORATED',
      `"undecorated" must be 'deny' (default) or 'authenticated', got ${shown(undecorated)}.`,
    );
  if (!isEnforcementMode(mode))
    throw new AuthzConfigError('AUTHZ_MODE', `"mode" must be 'enforce' (default) or 'report', got ${shown(mode)}.`);
  return { undecorated, mode };
}
