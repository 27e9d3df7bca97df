import { AuthzConfigError, printable } from '../../core/index.js';

/** One fault of a mapping document. */
export interface MappingFault {
  /** Where it is, for a reader: `roles.clerk.permissions[2]`, for a text with line and column. */
  readonly place: string;
  /** Where it is, for a program: a JSON pointer (RFC 6901), `/roles/clerk/permissions/2`. Empty for the document as a whole. */
  readonly pointer: string;
  readonly message: string;
}

/** A mapping document that cannot be used, with every fault found in it, a hundred at most. */
export class MappingError extends AuthzConfigError {
  /** Every fault, in the order of the document. */
  declare readonly faults: readonly MappingFault[];
  /** How many there are beyond those. */
  declare readonly untold: number;

  /**
   * @param source Where the document came from, such as a file's path.
   * @param untold How many faults there are beyond those listed.
   */
  constructor(source: string, faults: readonly MappingFault[], untold = 0) {
    const lines = faults.map(({ place, message }) => `  ${place}: ${message}`);
    if (untold > 0) lines.push(`  … and ${untold} more.`);
    super('AUTHZ_MAPPING', `The mapping from ${printable(source)} cannot be used:\n${lines.join('\n')}`);
    // Not enumerable: the message says it all, and a logger that prints an error's members would say it twice.
    Object.defineProperties(this, { faults: { value: faults }, untold: { value: untold } });
  }
}
