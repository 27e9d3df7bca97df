// Tokens for the bench, of realistic size.

const ROLES = ['viewer', 'clerk', 'planner', 'auditor', 'support'];
/** Audience of the tokens. */
export const AUDIENCE = 'https://orders.example.com';
/** Permission that the route of the bench requires. */
export const PERMISSION = 'orders:read';
/** Mapping for the roles of the tokens. */
export const MAPPING = {
  roles: {
    viewer: ['orders:read', 'stock:read'],
    clerk: { inherits: ['viewer'], permissions: ['orders:create', 'orders:items:*'] },
    planner: ['tours:*'],
    auditor: ['reports:read'],
    support: ['tickets:*', 'customers:read'],
  },
};

const TOKEN_BYTES = 800;
const LIFETIME_SECONDS = 3600;

function claimsOf(subject, more) {
  const exp = Math.floor(Date.now() / 1000) + LIFETIME_SECONDS;
  return { sub: `user-${subject}`, client_id: 'web', aud: AUDIENCE, exp, ...more };
}

/** Returns access tokens of 800 bytes with five roles, each for another subject. `more` returns further claims for the token at an index. */
export function tokens(issuer, alg, count, more = () => ({})) {
  const token = (index, padding) => {
    const claims = { roles: ROLES, scope: 'x'.repeat(padding), ...more(index) };
    return issuer.token(claimsOf(String(index).padStart(5, '0'), claims), alg);
  };
  const missing = TOKEN_BYTES - token(0, 0).length;
  // Three bytes of a claim are four characters of the token.
  const padding = Math.max(0, Math.floor((missing * 3) / 4));
  return Array.from({ length: count }, (_, index) => token(index, padding));
}

function permissionNames(count) {
  const resources = ['orders', 'invoices', 'customers', 'shipments', 'products', 'reports', 'contracts', 'warehouses'];
  const actions = ['read', 'create', 'update', 'delete', 'export', 'approve'];
  return Array.from({ length: count }, (_, index) => {
    const area = Math.floor(index / (resources.length * actions.length));
    const suffix = area === 0 ? '' : `${area}`;
    return `${resources[index % resources.length]}${suffix}:${actions[Math.floor(index / resources.length) % actions.length]}`;
  });
}

/** Returns the size of the same token with roles, and with permissions instead. */
export function tokenSizes(issuer) {
  const bytes = (more) => issuer.token(claimsOf('00001', more), 'RS256').length;
  return [
    ['5 roles', bytes({ roles: ROLES })],
    ['20 roles', bytes({ roles: permissionNames(20).map((name) => `${name.replace(':', '-')}er`) })],
    ...[50, 200, 1000].map((count) => [`${count} permissions`, bytes({ permissions: permissionNames(count) })]),
  ];
}
