/** The conditions of grants or denials, by permission; `null`: also without a condition. Names that are missing have no condition. */
type ImportedConditions = Map<string, ReadonlySet<string | null>>;

/** A role as read from the source. */
export interface ImportedRole {
  readonly description: string | undefined;
  readonly permissions: Set<string>;
  readonly deny: Set<string>;
  readonly inherits: Set<string>;
  /** Conditions of entries in `permissions` and in `deny`, in the language of the mapping. */
  readonly conditions: Readonly<Record<'permissions' | 'deny', ImportedConditions>>;
}

/** Roles and permissions as read from the source. Names are not checked yet. */
export interface ImportedRoles {
  /** Name of the source in messages, such as the path of a file. */
  readonly source: string;
  readonly roles: ReadonlyMap<string, ImportedRole>;
  /** All permissions with their descriptions; empty if the source has no list of permissions. */
  readonly permissions: ReadonlyMap<string, string>;
  /** Whether `*` is a wildcard in the source, not an ordinary character. */
  readonly hasPatterns: boolean;
  /** Roles that users hold, without inherited roles; `undefined` if the source does not know all users. */
  readonly held: ReadonlySet<string> | undefined;
  /** Permissions that users hold without an imported role. Default: none. */
  readonly heldBeside?: ReadonlySet<string>;
  /** Why the source does not know who holds what, as a clause. */
  readonly holdersUnknown?: string | undefined;
  /** Names that the user wrote: they are used unchanged. Default: none. */
  readonly stated?: ReadonlySet<string>;
  /** Names changed by --rename. Default: none. */
  readonly renamed?: readonly RenamedPermission[];
  /** What was not imported, as sentences. */
  readonly leftOut: readonly string[];
  /** What was imported and should be checked, as sentences. Default: none. */
  readonly doubts?: readonly string[];
}

/** A name and its replacement. */
export interface RenamedPermission {
  readonly from: string;
  readonly to: string;
}

/** Creates an empty role. */
export function importedRole(description?: string): ImportedRole {
  return {
    description,
    permissions: new Set(),
    deny: new Set(),
    inherits: new Set(),
    conditions: { permissions: new Map(), deny: new Map() },
  };
}

/** Adds a grant or denial. */
export function addEntry(role: ImportedRole, effect: 'permissions' | 'deny', name: string, when: string | null): void {
  const known = role.conditions[effect].get(name) ?? new Set(role[effect].has(name) ? [null] : []);
  role[effect].add(name);
  if (when !== null || known.size > 0) role.conditions[effect].set(name, new Set([...known, when]));
}
