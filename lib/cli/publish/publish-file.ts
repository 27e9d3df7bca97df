import { fileURLToPath } from 'node:url';
import { nameOf } from '../input/read-text.js';
import { writeFile } from '../output/write-file.js';

/** Puts a text where `fileMapping()` or a web server reads it. */
export async function publishFile(target: string, text: string): Promise<string> {
  const path = target.startsWith('file:') ? fileURLToPath(target) : target;
  await writeFile(path, text);
  return `written to ${nameOf(path)}`;
}
