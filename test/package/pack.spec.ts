import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { StubIssuer } from '../../lib/testing/index.js';

jest.setTimeout(300_000); // installs packages

const run = promisify(execFile);

let workspace: string;
let tarball: string;
let issuer: StubIssuer;

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'nestjs-authz-pack-'));
  // Without scripts: they would build anew under the feet of the specs that run beside this one.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', workspace]);
  tarball = join(
    workspace,
    (await readdir(workspace)).find((name) => name.endsWith('.tgz'))!,
  );
  issuer = await StubIssuer.start();
});

afterAll(async () => {
  await issuer.stop();
  await rm(workspace, { recursive: true });
});

/** Copies a consumer out of this repository, installs the packed library in it and compiles it, types of the library included. */
async function install(consumer: string): Promise<string> {
  const folder = join(workspace, consumer);
  await cp(join('test/package/consumers', consumer), folder, { recursive: true });
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock', tarball], { cwd: folder });
  await run('npm', ['run', 'build'], { cwd: folder });
  return folder;
}

/** Starts the compiled consumer, trusting the stub issuer. */
async function start(folder: string): Promise<{ url: string; stop(): Promise<void> }> {
  const env = { ...process.env, ISSUER: issuer.url };
  const service = spawn(process.execPath, ['dist/main.js'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    service.once('exit', () => reject(new Error(`The application in ${folder} ended before it was listening.`)));
    createInterface({ input: service.stdout }).on('line', (line) => {
      const found = /^Listening on (\S+)$/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const stop = async () => {
    service.kill();
    await once(service, 'exit');
  };
  return { url, stop };
}

/** What a guarded route of the consumer answers to three callers. */
async function answersOf(folder: string): Promise<object> {
  const service = await start(folder);
  const ask = async (method: string, roles?: readonly string[]) => {
    const headers = roles && { authorization: `Bearer ${issuer.token({ aud: 'orders', roles })}` };
    const response = await fetch(`${service.url}/orders`, { method, ...(headers && { headers }) });
    return [response.status, await response.json()] as const;
  };
  try {
    const [withoutToken] = await ask('GET');
    const [withoutPermission] = await ask('DELETE', ['viewer']);
    const [withPermission] = await ask('DELETE', ['clerk']);
    const [, handler] = await ask('GET', ['viewer']);
    return { withoutToken, withoutPermission, withPermission, handler };
  } finally {
    await service.stop();
  }
}

const GUARDED = {
  withoutToken: 401,
  withoutPermission: 403,
  withPermission: 200,
  handler: { caller: 'test-subject', mayDelete: false },
};

describe('the packed library', () => {
  it('guards an ESM application on Nest 12, whose rules Vitest then tests with nestjs-authz/testing', async () => {
    const folder = await install('esm-nest12');
    expect(await answersOf(folder)).toEqual(GUARDED);
    const { stdout } = await run('npm', ['test'], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
    expect(stdout).toMatch(/Tests +3 passed/);
  });

  it('guards a CommonJS application on Nest 11 that has none of the optional peers', async () => {
    const folder = await install('cjs-nest11');
    expect(await answersOf(folder)).toEqual(GUARDED);
    const installed = await readdir(join(folder, 'node_modules'), { recursive: true });
    expect(installed).toContain('nestjs-authz');
    expect(installed).not.toContain('supertest');
    expect(installed).not.toContain('@nestjs/testing');
  });
});
