/** One condition of a requirement: all or any of some names, looked for among the caller's permissions, roles or scopes. */
export interface RequirementClause {
  readonly among: 'permissions' | 'roles' | 'scopes';
  readonly need: 'all' | 'any';
  readonly names: readonly string[];
}

/**
 * What a handler asks for, compiled from the decorators of the handler and its class.
 * - `public`: nothing, the token is not even read
 * - `optional`: a request without a token passes with no principal, a bad token does not
 * - `authenticated`: a principal, and every clause met
 * - `unstated`: no decorator says anything, so nobody may call it
 */
export type Requirement =
  | { readonly access: 'public' }
  | { readonly access: 'optional' }
  | { readonly access: 'unstated' }
  | { readonly access: 'authenticated'; readonly clauses: readonly RequirementClause[] };

/** Whether deciding needs the caller's permissions, or only the token. */
export function needsPermissions(requirement: Requirement): boolean {
  return requirement.access === 'authenticated' && requirement.clauses.some(({ among }) => among === 'permissions');
}
