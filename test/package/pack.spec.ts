import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
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

/** Returns the statuses of a guarded route of the consumer for three callers. */
async function statusesOf(folder: string): Promise<object> {
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

/** Returns the first block of code in the README that contains a name. */
async function codeAbout(name: string): Promise<string> {
  const readme = await readFile('lib/authorization/README.md', 'utf8');
  const blocks = Array.from(readme.matchAll(/```ts\n([^]*?)```/g), ([, code]) => code ?? '');
  return blocks.find((code) => code.includes(name)) ?? '';
}

/** Adds the controller of the consumer to a module that a document shows. */
function withOrders(module: string): string {
  const end = '})\nexport class AppModule {}';
  if (!module.includes(end)) throw new Error(`The module does not end with "${end}".`);
  return `import { OrdersController } from './orders.controller.js';\n${module.replace(end, `  controllers: [OrdersController],\n${end}`)}`;
}

const GUARDED = {
  withoutToken: 401,
  withoutPermission: 403,
  withPermission: 200,
  handler: { caller: 'test-subject', mayDelete: false },
};

describe('the packed library', () => {
  it('guards an ESM application on Nest 12, which Vitest tests with nestjs-authz/testing', async () => {
    const folder = await consumers.install('esm-nest12');
    expect(await statusesOf(folder)).toEqual(GUARDED);
    const { stdout } = await run('npm', ['test'], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
    expect(stdout).toMatch(/Tests +3 passed/);
  });

  it('guards a CommonJS application on Nest 11 without optional peers', async () => {
    const folder = await consumers.install('cjs-nest11');
    expect(await statusesOf(folder)).toEqual(GUARDED);
    const installed = await readdir(join(folder, 'node_modules'), { recursive: true });
    expect(installed).toContain('nestjs-authz');
    expect(installed).not.toContain('supertest');
    expect(installed).not.toContain('@nestjs/testing');
  });

  it.each([
    ['cjs-nest11', '4.0.4'],
    ['esm-nest12', '12.0.1'],
  ])('reads its options from ConfigService as in the README of authorization, in %s', async (consumer, config) => {
    const source = await readFile(join('test/package/consumers', consumer, 'src/app.module.ts'), 'utf8');
    const folder = await consumers.install(
      consumer,
      `${consumer}-config`,
      (json) => ({ ...json, dependencies: { ...json.dependencies, '@nestjs/config': config } }),
      {
        'app.module.ts': withOrders(await codeAbout('ConfigService')),
        'orders.controller.ts': source.slice(0, source.indexOf('@Module(')).replace(', Module', '').replace(', AuthzModule', ''),
      },
    );
    expect(await statusesOf(folder)).toEqual(GUARDED);
  });

  describe('installed alone', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await consumers.installAlone();
    });
    const cli = (...args: string[]) => run(join(folder, 'node_modules/.bin/nestjs-authz'), args, { cwd: folder });

    it('takes at most 10 MB, including its dependencies', async () => {
      const entries = await readdir(join(folder, 'node_modules'), { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name)));
      const bytes = (await Promise.all(files)).reduce((sum, { size }) => sum + size, 0);
      expect(bytes).toBeLessThanOrEqual(10_000_000);
    });

    it('installs none of the packages that only its command line uses', async () => {
      const installed = await readdir(join(folder, 'node_modules'));
      expect(installed).toContain('nestjs-authz');
      expect(installed).not.toContain('commander');
      expect(installed).not.toContain('csv-parse');
    });

    it('has a command line that reads options, YAML and CSV', async () => {
      await mkdir(join(folder, 'exported'));
      await writeFile(join(folder, 'exported/roles.csv'), 'name\nclerk\n');
      await writeFile(join(folder, 'exported/role_permissions.csv'), 'role,permission\nclerk,"orders:read"\n');
      await cli('import', 'csv', 'exported', '--output', 'mapping.yaml');
      const { stdout } = await cli('explain', 'mapping.yaml', '--role', 'clerk', 'orders:read');
      expect(stdout).toContain('orders:read is held by clerk');
    });

    it('reports a wrong command line', async () => {
      await expect(cli('lint', '--no-such-option')).rejects.toMatchObject({
        stderr: expect.stringContaining("unknown option '--no-such-option'") as string,
      });
    });
  });
});
