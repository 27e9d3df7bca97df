import { pathText, pointer, type Path } from '../document/fault-report.js';
import type { MappingFault } from '../document/mapping.error.js';
import type { ReadDocument } from '../document/read-document.interface.js';

/** Codes of the warnings. Stable: programs may rely on them. */
export type MappingWarningCode =
  /** A role without any own or inherited permission or denial. */
  | 'empty_role'
  /** A permission, pattern or parent that is twice in one list. */
  | 'duplicate_entry'
  /** A grant or denial that a pattern in the same list covers. */
  | 'covered_entry'
  /** A grant that the same role, or a role that it inherits from, denies. */
  | 'denied_grant'
  /** A pattern that covers no permission in the member `permissions`. */
  | 'unmatched_pattern'
  /** A denial of permissions that no role grants. */
  | 'idle_denial'
  /** A permission in the member `permissions` that no role grants. */
  | 'ungranted_permission'
  /** Role names that differ only in case or in white space at the ends, or that begin or end with white space. */
  | 'doubtful_name'
  /** A condition that is always true, or a denial that always applies. */
  | 'always_true_condition'
  /** A condition, or an alternative of it, that is never true. */
  | 'contradictory_condition'
  /** A conditional grant or denial that another one of the role or of its parents covers. */
  | 'unreachable_condition'
  /** A condition over a resource that the member `resources` does not declare. */
  | 'undeclared_resource'
  /** A resource in the member `resources` that no permission is about. */
  | 'unused_resource'
  /** A tenant without own roles. */
  | 'empty_tenant'
  /** The document has expired (`notAfter`). */
  | 'ended';

/** Something in a mapping that is valid but most likely a mistake. */
export interface MappingWarning extends MappingFault {
  readonly code: MappingWarningCode;
}

const MAX_WARNINGS = 100;

/** Collects the warnings. */
export class WarningReport {
  readonly warnings: MappingWarning[] = [];
  untold = 0;

  constructor(private readonly read: ReadDocument) {}

  add(code: MappingWarningCode, path: Path, message: () => string): void {
    if (this.warnings.length >= MAX_WARNINGS) {
      this.untold++;
      return;
    }
    const written = this.asWritten(path);
    const line = this.read.placeOf?.(written);
    this.warnings.push({
      code,
      place: `${pathText(written)}${line === undefined ? '' : ` (${line})`}`,
      pointer: pointer(written),
      message: message(),
    });
  }

  /** Returns the path as written in the document: a role that is a list has no member `permissions`. */
  private asWritten(path: Path): Path {
    let value: unknown = this.read.document;
    const written: (string | number)[] = [];
    for (const key of path) {
      if (Array.isArray(value) && key === 'permissions') continue;
      value = (value as Readonly<Record<string | number, unknown>> | undefined)?.[key];
      written.push(key);
    }
    return written;
  }
}
