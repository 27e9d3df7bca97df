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
  /** Roles that users hold, without those inherited; `undefined` where the source does not say. */
  readonly held: ReadonlySet<string> | undefined;
  /** What was found and not taken, as sentences. */
  readonly leftOut: readonly string[];
}

/** A role without anything yet. */
export function importedRole(description?: string): ImportedRole {
  return { description, permissions: new Set(), deny: new Set(), inherits: new Set() };
}
