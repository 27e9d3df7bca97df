// Mappings for the bench: any number of roles, with hierarchy and wildcards.

const RESOURCES = 200;
const ACTIONS = ['read', 'create', 'update', 'delete', 'export'];
const GRANTS = 20;

/** All 1000 permissions. */
export const PERMISSIONS = Array.from(
  { length: RESOURCES * ACTIONS.length },
  (_, index) => `resource${Math.floor(index / ACTIONS.length)}:${ACTIONS[index % ACTIONS.length]}`,
);

/** Returns a document in which every role has 20 grants, every tenth role a wildcard, and every role except the first ten inherits from another. */
export function mappingDocument(roles) {
  const definition = (role) => ({
    inherits: role < 10 ? [] : [roleName(role % 10)],
    permissions: Array.from({ length: GRANTS }, (_, grant) => {
      const permission = PERMISSIONS[(role * 31 + grant * 37) % PERMISSIONS.length];
      return role % 10 === 3 && grant === 0 ? permission.replace(/:.*/, ':*') : permission;
    }),
  });
  return { roles: Object.fromEntries(Array.from({ length: roles }, (_, role) => [roleName(role), definition(role)])) };
}

/** Returns the name of a role by its number. */
export function roleName(role) {
  return `role-${role}`;
}
