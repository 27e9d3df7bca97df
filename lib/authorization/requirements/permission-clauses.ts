import { needsPermissions, type NamesClause, type Requirement, type RequirementClause } from '../../core/index.js';

/** Returns the clauses of a requirement that name permissions. */
export function permissionClauses(requirement: Requirement): readonly NamesClause[] {
  return requirement.access === 'authenticated' ? requirement.clauses.filter(isOfPermissions) : [];
}

/** Returns every permission that a requirement names, each once. */
export function permissionsAsked(requirement: Requirement): readonly string[] {
  return [...new Set(permissionClauses(requirement).flatMap(({ names }) => names))];
}

/** Returns a requirement without its permissions, so that the token alone decides. The same object if it names no permissions. */
export function besidesPermissions(requirement: Requirement): Requirement {
  if (requirement.access !== 'authenticated' || !needsPermissions(requirement)) return requirement;
  return { access: 'authenticated', clauses: requirement.clauses.filter((clause) => !isOfPermissions(clause)) };
}

function isOfPermissions(clause: RequirementClause): clause is NamesClause {
  return clause.among === 'permissions';
}
