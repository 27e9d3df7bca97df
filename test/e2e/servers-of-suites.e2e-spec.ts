import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SUITE = fileURLToPath(new URL('../fixtures/fails-at-its-start.ts', import.meta.url));
const CONFIG = fileURLToPath(new URL('../jest.config.mjs', import.meta.url));
const JEST = fileURLToPath(new URL('../../node_modules/jest/bin/jest.js', import.meta.url));

it('leaves no server and no directory of a suite behind that fails at its start', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'left-behind-'));
  const noted = join(directory, 'noted.json');
  const said = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      ['--experimental-vm-modules', JEST, ...['-c', CONFIG, '--runInBand', '--testMatch', SUITE, '--']],
      { env: { ...process.env, LEFT_BEHIND: noted } },
      (_error, _stdout, stderr) => resolve(stderr),
    );
  });
  // Jest has ended by itself, so nothing was left open; what it did not stop would have kept its directory.
  expect(said).toContain('did not start');
  const directories = JSON.parse(readFileSync(noted, 'utf8')) as string[];
  expect(directories.map((each) => existsSync(each))).toEqual([false, false]);
  rmSync(directory, { recursive: true });
});
