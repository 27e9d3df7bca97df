import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a folder that is removed after the tests of the suite, or of the `describe` that it is called in. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'authz-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
