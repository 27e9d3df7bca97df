import { AuthzConfigError, printable } from '../../core/index.js';

/** One fault of a mapping document. */
export interface MappingFault {
  /** Position for people: `roles.clerk.permissions[2]`, with line and column if the document was a string. */
  readonly place: string;
  /** Position for programs: a JSON pointer (RFC 6901), `/roles/clerk/permissions/2`. Empty for the document as a whole. */
  readonly pointer: string;
  readonly message: string;
}

/** Thrown if a mapping document cannot be used. Lists its faults, 100 at most. */
export class MappingError extends AuthzConfigError {
  /** The faults, in the order of the document; 100 at most. */
  declare readonly faults: readonly MappingFault[];
  /** Number of faults beyond those listed. */
  declare readonly untold: number;

  /**
   * @param source Source of the document, such as a file's path.
   * @param untold Number of faults beyond those listed.
   */
  constructor(source: string, faults: readonly MappingFault[], untold = 0) {
    const lines = faults.map(({ place, message }) => `  ${place}: ${message}`);
    if (untold > 0) lines.push(`  … and ${untold} more.`);
    super('AUTHZ_MAPPING', `The mapping from ${printable(source)} cannot be used:\n${lines.join('\n')}`);
    // Not enumerable: the message contains all faults, and a logger that prints an error's members would repeat them.
    Object.defineProperties(this, { faults: { value: faults }, untold: { value: untold } });
  }
}
