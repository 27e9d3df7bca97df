/** A role as it was found. */
export interface ImportedRole {
  readonly description: string | undefined;
  readonly permissions: Set<string>;
  readonly deny: Set<string>;
  readonly inherits: Set<string>;
}

/** Roles and permissions as they were found, names not yet checked. */
export interface ImportedRoles {
  /** Names them in messages, such as a file's path. */
  readonly source: string;
  readonly roles: ReadonlyMap<string, ImportedRole>;
  /** Every permission there is, with its description; empty where the source has no list of them. */
  readonly permissions: ReadonlyMap<string, string>;
  /** Whether `*` is a wildcard there. Where it is not, it is a sign like any other. */
  readonly hasPatterns: boolean;
  /** Roles that users hold, without those inherited; `undefined` where the source cannot know it for all users. */
  readonly held: ReadonlySet<string> | undefined;
  /** Permissions that users hold without a role that is imported. Default: none. */
  readonly heldBeside?: ReadonlySet<string>;
  /** Why the source cannot know who holds what, as a sentence. */
  readonly holdersUnknown?: string | undefined;
  /** Names whose spelling the user has stated: they are taken as they are. Default: none. */
  readonly stated?: ReadonlySet<string>;
  /** Names that were changed on the user's word. Default: none. */
  readonly renamed?: readonly RenamedPermission[];
  /** What was found and not taken, as sentences. */
  readonly leftOut: readonly string[];
  /** What was taken and needs a look, as sentences. Default: none. */
  readonly doubts?: readonly string[];
}

/** A name, and what it was turned into. */
export interface RenamedPermission {
  readonly from: string;
  readonly to: string;
}

/** A role without anything yet. */
export function importedRole(description?: string): ImportedRole {
  return { description, permissions: new Set(), deny: new Set(), inherits: new Set() };
}
