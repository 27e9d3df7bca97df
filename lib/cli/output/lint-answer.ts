import {
  lintMapping,
  MappingError,
  readDocument,
  type MappingDocument,
  type MappingFault,
  type MappingWarning,
} from '../../mapping/index.js';
import type { Answer } from './answer.interface.js';
import { counted } from './text-table.js';

interface LintResult {
  readonly faults: readonly MappingFault[];
  readonly warnings: readonly MappingWarning[];
  /** How many there are beyond those. */
  readonly untold: number;
}

/** What a document is checked for, and until when services may use it. */
interface CheckedText extends LintResult {
  readonly notAfter?: string;
}

/** What is wrong with the text of a mapping. */
export async function lintText(text: string, source: string): Promise<CheckedText> {
  try {
    const read = await readDocument({ text }, source);
    const lint = lintMapping(read, source);
    const { notAfter } = read.document as MappingDocument;
    return { faults: [], ...lint, ...(notAfter !== undefined && { notAfter }) };
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    return { faults: error.faults, warnings: [], untold: error.untold };
  }
}

/** How it is told. */
export function lintAnswer(source: string, result: LintResult, strict: boolean): Answer {
  const { faults, warnings, untold } = result;
  const isFine = faults.length === 0 && (!strict || warnings.length === 0);
  const told = [
    ...faults.map(({ place, message }) => `  fault    ${place}: ${message}`),
    ...warnings.map(({ place, message, code }) => `  warning  ${place}: ${message} [${code}]`),
    ...(untold > 0 ? [`  … and ${untold} more.`] : []),
  ];
  const count = `${counted(faults.length, 'fault')}, ${counted(warnings.length, 'warning')}`;
  return { isFine, json: { source, ...result }, text: [`${source}: ${count}`, ...told].join('\n') };
}
