/** All or any of some names, looked for among the caller's permissions, roles or scopes. */
export interface NamesClause {
  readonly among: 'permissions' | 'roles' | 'scopes';
  readonly need: 'all' | 'any';
  readonly names: readonly string[];
}

/** How, and how recently, the caller authenticated (OAuth 2.0 Step Up Authentication Challenge, RFC 9470). */
export interface AuthContextClause {
  readonly among: 'authentication';
  /** Authentication contexts of which the token's `acr` must be one, best first. Empty: any. */
  readonly acr: readonly string[];
  /** Most seconds since `auth_time`. `undefined`: any. */
  readonly maxAgeSeconds: number | undefined;
}

/** One condition of a requirement. */
export type RequirementClause = NamesClause | AuthContextClause;

/**
 * What a handler asks for, compiled from the decorators of the handler and its class.
 * - `public`: nothing, the token is not even read
 * - `task`: nothing either, for a message that comes on nobody's behalf
 * - `optional`: a request without a token passes with no principal, a bad token does not
 * - `authenticated`: a principal, and every clause met
 * - `unstated`: no decorator says anything, so nobody may call it
 */
export type Requirement =
  | { readonly access: 'public' }
  | { readonly access: 'task' }
  | { readonly access: 'optional' }
  | { readonly access: 'unstated' }
  | { readonly access: 'authenticated'; readonly clauses: readonly RequirementClause[] };

/** Whether deciding needs the caller's permissions, or only the token. */
export function needsPermissions(requirement: Requirement): boolean {
  return requirement.access === 'authenticated' && requirement.clauses.some(({ among }) => among === 'permissions');
}
