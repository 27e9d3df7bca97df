import type { Decision } from '../../core/index.js';
import type { RefusalDetails } from './refusal.js';

/** Returns what a client may learn beyond the reason: scopes, and how to authenticate. Permissions and roles are internal names. */
export function detailsOf({ unmet }: Extract<Decision, { readonly allowed: false }>): RefusalDetails {
  if (unmet?.among === 'scopes') return { scopes: unmet.names };
  return unmet?.among === 'authentication' ? { authContext: unmet } : {};
}
