import { claimName } from './claim-path.js';

/** What a claim is read for. */
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
 * A claim that is there in a form that cannot be read. It is never taken for absent: a denial, or a rule about the tenant, could be lost.
 * Says what the log needs, without a value from the token.
 */
export class UnreadableClaim {
  /** Where the claim is: `realm_access.roles`. */
  readonly claim: string;

  constructor(
    /** What the claim is read for. */
    readonly use: ClaimUse,
    /** Its path, or its name. */
    claim: string | readonly string[],
    /** The form that was found: `a string`, `a list of 700 names, more than "maxRoles" (500)`. */
    readonly found: string,
    /** What to write, as a sentence. */
    readonly advice: string,
  ) {
    this.claim = typeof claim === 'string' ? claim : claimName(claim);
    Object.freeze(this);
  }
}

/** Names the form of a value, without the value. */
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
 * The claims that each kind of decision depends on, beside those that say who the caller is. A scope only ever grants, so that scopes which
 * cannot be read are as good as none.
 */
const DEPENDENCIES: Readonly<Record<'permissions' | 'roles' | 'scopes', ReadonlySet<ClaimUse>>> = {
  permissions: new Set(['roles', 'permissions']),
  roles: new Set(['roles']),
  scopes: new Set(),
};
const GRANTS: ReadonlySet<ClaimUse> = new Set(['roles', 'permissions', 'scopes']);

/** The claim for which nothing can be decided about the caller's permissions, roles or scopes; `undefined` if all that is needed was read. */
export function unreadableFor(
  { unreadable }: { readonly unreadable?: readonly UnreadableClaim[] | undefined },
  among: keyof typeof DEPENDENCIES,
): UnreadableClaim | undefined {
  return unreadable?.find(({ use }) => DEPENDENCIES[among].has(use) || !GRANTS.has(use));
}
