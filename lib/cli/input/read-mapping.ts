import { compileMapping, MappingSnapshot, parseMapping, readDocument } from '../../mapping/index.js';
import { isSignedBundle } from '../bundle-text.js';
import { CliError } from '../cli.error.js';
import { showProgress } from '../output/progress.js';
import { nameOf, readText } from './read-text.js';
import type { Terminal } from '../output/terminal.interface.js';

/**
 * Reads a mapping as a service does.
 * @param file Its path, or `-` for standard input.
 * @throws CliError if it cannot be read, MappingError with every fault.
 */
export async function readMapping(file: string, terminal: Terminal): Promise<MappingSnapshot> {
  showProgress(terminal, `Reading ${nameOf(file)}`);
  const read = await readDocument({ text: await readDocumentText(file, terminal) }, nameOf(file));
  return new MappingSnapshot(compileMapping(parseMapping(read.document, nameOf(file), read)));
}

/** Reads a document as a string. @throws CliError for a signed bundle, which only `verify` opens. */
export async function readDocumentText(file: string, terminal: Terminal): Promise<string> {
  const text = await readText(file, terminal);
  if (!isSignedBundle(text)) return text;
  throw new CliError(
    `${nameOf(file)} is a signed bundle. Extract its document first: nestjs-authz verify … --output mapping.json`,
  );
}
