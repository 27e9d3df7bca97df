import { MappingError, type MappingFault } from '../../../lib/mapping/index.js';

/** What is wrong with a document, by the error that this throws; nothing if it throws none. */
export function refusalOf(use: () => unknown): readonly MappingFault[] {
  try {
    use();
  } catch (error) {
    if (error instanceof MappingError) return error.faults;
    throw error;
  }
  return [];
}
