import {
  lintMapping,
  MappingError,
  readDocument,
  type MappingDocument,
  type MappingFault,
  type MappingWarning,
} from '../../mapping/index.js';
import type { CommandResult } from './command-result.interface.js';
import { counted } from './text-table.js';

interface LintResult {
  readonly faults: readonly MappingFault[];
  readonly warnings: readonly MappingWarning[];
  /** Number of faults or warnings that are not listed. */
  readonly omitted: number;
}

/** The result for a document, and until when services may use it. */
interface CheckedText extends LintResult {
  readonly notAfter?: string;
}

/** Checks a mapping document. */
export async function lintText(text: string, source: string): Promise<CheckedText> {
  try {
    const read = await readDocument({ text }, source);
    const { warnings, untold: omitted } = lintMapping(read, source);
    const { notAfter } = read.document as MappingDocument;
    return { faults: [], warnings, omitted, ...(notAfter !== undefined && { notAfter }) };
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    return { faults: error.faults, warnings: [], omitted: error.untold };
  }
}

/** Formats the result of a check. */
export function resultOfLint(source: string, result: LintResult, strict: boolean): CommandResult {
  const { faults, warnings, omitted } = result;
  const isFine = faults.length === 0 && (!strict || warnings.length === 0);
  const lines = [
    ...faults.map(({ place, message }) => `  fault    ${place}: ${message}`),
    ...warnings.map(({ place, message, code }) => `  warning  ${place}: ${message} [${code}]`),
    ...(omitted > 0 ? [`  … and ${omitted} more.`] : []),
  ];
  const count = `${counted(faults.length, 'fault')}, ${counted(warnings.length, 'warning')}`;
  return { isFine, json: { source, ...result }, text: [`${source}: ${count}`, ...lines].join('\n') };
}
