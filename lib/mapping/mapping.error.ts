import { AuthzConfigError } from '../core/index.js';

/** One fault of a mapping document. */
export interface MappingFault {
  /** Where it is: `roles.clerk.permissions[2]`, for a file with line and column. */
  readonly place: string;
  readonly message: string;
}

/** A mapping document that cannot be used, with every fault found in it. */
export class MappingError extends AuthzConfigError {
  constructor(
    /** The source that it came from, such as a file's path. */
    readonly source: string,
    readonly faults: readonly MappingFault[],
  ) {
    super(
      'AUTHZ_MAPPING',
      `The mapping from ${source} cannot be used:\n${faults.map(({ place, message }) => `  ${place}: ${message}`).join('\n')}`,
    );
  }
}
