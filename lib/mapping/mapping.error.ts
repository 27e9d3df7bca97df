import { AuthzConfigError } from '../core/index.js';

/** One fault of a mapping document. */
export interface MappingFault {
  /** Where it is: `roles.clerk.permissions[2]`, for a file with line and column. */
  readonly place: string;
  readonly message: string;
}

/** A mapping document that cannot be used, with every fault found in it. */
export class MappingError extends AuthzConfigError {
  /** Every fault, in the order of the document. */
  declare readonly faults: readonly MappingFault[];

  /** @param source Where the document came from, such as a file's path. */
  constructor(source: string, faults: readonly MappingFault[]) {
    super(
      'AUTHZ_MAPPING',
      `The mapping from ${source} cannot be used:\n${faults.map(({ place, message }) => `  ${place}: ${message}`).join('\n')}`,
    );
    // Not enumerable: the message says it all, and a logger that prints an error's members would say it twice.
    Object.defineProperty(this, 'faults', { value: faults });
  }
}
