import {
  principalFromClaims,
  type Attribute,
  type AttributeRoot,
  type AttributeType,
  type Condition,
  type ConditionFacts,
  type Literal,
  type Principal,
} from '../../../../lib/core/index.js';

/** `resource.ownerId`, as a condition reads it. */
export function attribute(root: AttributeRoot, path: string, type?: AttributeType): Attribute {
  return { kind: 'attribute', root, variable: '', path: path === '' ? [] : path.split('.'), type };
}
export const resource = (path: string, type?: AttributeType) => attribute('resource', path, type);
export const principal = (path: string) => attribute('principal', path);
export const variable = (name: string, path = ''): Attribute => ({ ...attribute('variable', path), variable: name });

export function literal(value: string | number | boolean | Date): Literal {
  if (value instanceof Date) return { kind: 'literal', type: 'timestamp', value: value.getTime() };
  return { kind: 'literal', type: typeof value, value } as Literal;
}

export const equals = (left: Attribute, right: Attribute | Literal): Condition => ({
  kind: 'compare',
  comparator: '==',
  left,
  right,
});

export const alice: Principal = principalFromClaims(
  { iss: 'https://id.acme.com', exp: 1, scope: 'read', client_id: 'shop', teams: ['red', 'blue'], limit: 500, nothing: null },
  { subject: 'alice', roles: ['clerk'], maxRoles: 10, tenant: undefined, tokenPermissions: undefined },
);

export const NOW = Date.parse('2026-12-01T00:00:00Z');

/** What a condition is about: a resource, and Alice as the caller. */
export function about(value: unknown, more: Partial<ConditionFacts> = {}): ConditionFacts {
  return { principal: alice, resource: value, context: {}, now: NOW, ...more };
}
