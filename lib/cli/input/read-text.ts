import { createReadStream } from 'node:fs';
import { printable, shown } from '../../core/index.js';
import { CliError } from '../cli.error.js';
import { systemReason } from '../system-reason.js';
import type { Terminal } from '../output/terminal.interface.js';

/** Largest file read, in bytes (256 MiB): the export of a realm contains all users. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Reads a file in UTF-8.
 * @param file Its path, or `-` for standard input.
 * @throws CliError
 */
export async function readText(file: string, terminal: Terminal): Promise<string> {
  const bytes = await readBytes(file === '-' ? standardInput(terminal) : createReadStream(file), nameOf(file));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CliError(`${nameOf(file)} is not UTF-8 text.`);
  }
}

/** Returns the name of a file for messages: always on one line. */
export function nameOf(file: string): string {
  return file === '-' ? 'standard input' : printable(file) || shown(file);
}

const taken = new WeakSet<Terminal['stdin']>();

/** @throws CliError on the second use: the stream would be empty. */
function standardInput({ stdin }: Terminal): Terminal['stdin'] {
  if (taken.has(stdin)) throw new CliError('Only one file can come from standard input.');
  taken.add(stdin);
  return stdin;
}

async function readBytes(stream: AsyncIterable<Uint8Array | string>, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      bytes += part.byteLength;
      if (bytes > MAX_BYTES) break;
      chunks.push(part);
    }
  } catch (error) {
    throw new CliError(`${name} cannot be read: ${systemReason(error)}.`);
  }
  if (bytes > MAX_BYTES) throw new CliError(`${name} is larger than ${MAX_BYTES} bytes.`);
  return Buffer.concat(chunks);
}
