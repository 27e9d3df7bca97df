import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Consumers, run } from './consumers.js';

jest.setTimeout(300_000); // installs packages

let consumers: Consumers;

beforeAll(async () => {
  consumers = await Consumers.pack();
});

afterAll(async () => {
  await consumers.remove();
});

/** What a guarded route of the consumer answers to three callers. */
async function answersOf(folder: string): Promise<object> {
  const service = await consumers.start(folder);
  const ask = async (method: string, roles?: readonly string[]) => {
    const response = await consumers.ask(`${service.url}/orders`, roles, method);
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
    const folder = await consumers.install('esm-nest12');
    expect(await answersOf(folder)).toEqual(GUARDED);
    const { stdout } = await run('npm', ['test'], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
    expect(stdout).toMatch(/Tests +3 passed/);
  });

  it('guards a CommonJS application on Nest 11 that has none of the optional peers', async () => {
    const folder = await consumers.install('cjs-nest11');
    expect(await answersOf(folder)).toEqual(GUARDED);
    const installed = await readdir(join(folder, 'node_modules'), { recursive: true });
    expect(installed).toContain('nestjs-authz');
    expect(installed).not.toContain('supertest');
    expect(installed).not.toContain('@nestjs/testing');
  });
});
