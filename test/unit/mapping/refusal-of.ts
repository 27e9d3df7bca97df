import { MappingError, type MappingFault } from '../../../lib/mapping/index.js';

/** Returns the faults in the MappingError that the function throws; an empty result if it does not throw. */
export function refusalOf(use: () => unknown): readonly MappingFault[] {
  try {
    use();
  } catch (error) {
    if (error instanceof MappingError) return error.faults;
    throw error;
  }
  return [];
}
