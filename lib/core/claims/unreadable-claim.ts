import { claimName } from './claim-path.js';

/** The purpose for which a claim is read. */
export type ClaimUse =
  | 'subject'
  | 'roles'
  | 'permissions'
  | 'scopes'
  | 'tenant'
  | 'client'
  | 'actor'
  | 'token id'
  | 'session id'
  | 'revocation subject';

/**
 * A claim that is present in a form that cannot be read. It must not count as absent: a denial, or a rule about the tenant, could be lost.
 * Holds what the log needs, without a value from the token.
 */
export class UnreadableClaim {
  /** Path of the claim: `realm_access.roles`. */
  readonly claim: string;

  constructor(
    /** The purpose for which the claim is read. */
    readonly use: ClaimUse,
    /** Path or name of the claim. */
    claim: string | readonly string[],
    /** The form of the value received: `a string`, `a list of 700 names, more than "maxRoles" (500)`. */
    readonly found: string,
    /** What to do, as a sentence. */
    readonly advice: string,
  ) {
    this.claim = typeof claim === 'string' ? claim : claimName(claim);
    Object.freeze(this);
  }
}

/** Describes the form of a value without quoting it. */
export function formOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  switch (typeof value) {
    case 'object':
      return `an object of ${Object.keys(value).length}`;
    case 'number':
      return 'a number';
    case 'boolean':
      return 'a boolean';
    default:
      return `a ${typeof value}`;
  }
}

/**
 * The claims that each kind of decision depends on, in addition to those that identify the caller. A scope only grants, so unreadable scopes
 * count as none.
 */
const DEPENDENCIES: Readonly<Record<'permissions' | 'roles' | 'scopes', ReadonlySet<ClaimUse>>> = {
  permissions: new Set(['roles', 'permissions']),
  roles: new Set(['roles']),
  scopes: new Set(),
};
const GRANTS: ReadonlySet<ClaimUse> = new Set(['roles', 'permissions', 'scopes']);

/** Returns the unreadable claim that a decision about permissions, roles or scopes depends on; `undefined` if every such claim was read. */
export function unreadableFor(
  { unreadable }: { readonly unreadable?: readonly UnreadableClaim[] | undefined },
  among: keyof typeof DEPENDENCIES,
): UnreadableClaim | undefined {
  return unreadable?.find(({ use }) => DEPENDENCIES[among].has(use) || !GRANTS.has(use));
}
