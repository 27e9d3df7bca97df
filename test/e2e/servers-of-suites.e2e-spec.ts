import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerProcess } from '../servers/server-process.js';

const SUITE = fileURLToPath(new URL('../fixtures/fails-at-its-start.ts', import.meta.url));
const CONFIG = fileURLToPath(new URL('../jest.config.mjs', import.meta.url));
const JEST = fileURLToPath(new URL('../../node_modules/jest/bin/jest.js', import.meta.url));

it('leaves no server and no directory behind if a suite fails at its start', async () => {
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
  // Jest exited by itself, so no handle was left open. A server that still ran would have kept its directory.
  expect(said).toContain('did not start');
  const directories = JSON.parse(readFileSync(noted, 'utf8')) as string[];
  expect(directories.map((each) => existsSync(each))).toEqual([false, false]);
  rmSync(directory, { recursive: true });
});

it('starts a server on another port if the first one was taken meanwhile', async () => {
  const rival = createServer();
  const tried: number[] = [];
  const argsFor = async ([port]: readonly [number]) => {
    tried.push(port);
    if (tried.length === 1) await once(rival.listen(port, '127.0.0.1'), 'listening');
    return ['-e', `require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('up', 1 + 1))`];
  };
  const server = await ServerProcess.prepare('rival', 'self');
  const ports = await server.startOnFreePorts(1, process.execPath, argsFor, 'up 2');
  expect(tried).toHaveLength(2);
  expect(ports).toEqual([tried[1]]);
  await server.stop();
  await new Promise((resolve) => rival.close(resolve));
});

it('does not try again to start a server that fails for another reason', async () => {
  let tries = 0;
  const argsFor = () => ['-e', `console.error('No such option'); process.exit(${++tries})`];
  const server = await ServerProcess.prepare('faulty', 'self');
  await expect(server.startOnFreePorts(1, process.execPath, argsFor, 'up 2')).rejects.toThrow('No such option');
  expect(tries).toBe(1);
  await server.stop();
});
