/** Requires all or any of the names among the caller's permissions, roles or scopes. */
export interface NamesClause {
  readonly among: 'permissions' | 'roles' | 'scopes';
  readonly need: 'all' | 'any';
  readonly names: readonly string[];
  /** Whether it suffices to hold a permission for some resources: the handler selects those itself. Default: false. */
  readonly isFiltered?: boolean;
}

/** Requires how, and how recently, the caller authenticated (OAuth 2.0 Step Up Authentication Challenge, RFC 9470). */
export interface AuthContextClause {
  readonly among: 'authentication';
  /** Accepted values of the token's `acr`, best first. Empty: any. */
  readonly acr: readonly string[];
  /** Longest time since `auth_time`, in seconds. `undefined`: any. */
  readonly maxAgeSeconds: number | undefined;
}

/** One condition of a requirement. */
export type RequirementClause = NamesClause | AuthContextClause;

/**
 * What a handler requires, compiled from the decorators of the handler and its class.
 * - `public`: nothing; the token is not read
 * - `task`: nothing; for a message that is sent without a user
 * - `optional`: a request without a token passes with no principal, a bad token does not
 * - `authenticated`: a principal, and every clause met
 * - `unstated`: no decorator states a requirement, so every call is refused
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
