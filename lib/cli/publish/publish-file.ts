import { fileURLToPath } from 'node:url';
import { nameOf } from '../input/read-text.js';
import { writeFile } from '../output/write-file.js';

/** Writes a document to a file, for `fileMapping()` or a web server. */
export async function publishFile(target: string, text: string): Promise<string> {
  const path = target.startsWith('file:') ? fileURLToPath(target) : target;
  await writeFile(path, text);
  return `written to ${nameOf(path)}`;
}
