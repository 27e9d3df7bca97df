import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { jest } from '@jest/globals';
import { run } from './consumers.js';
import { ROOMS } from './rooms.js';

jest.setTimeout(300_000); // fetches compilers

const ENTRIES = ROOMS.flatMap(({ entryPoint }) => {
  if (entryPoint === undefined) return [];
  return entryPoint === '.' ? ['nestjs-authz'] : [`nestjs-authz/${entryPoint}`];
});

/** Module settings of applications: `module`, `moduleResolution`, and "type" of package.json. */
const SETTINGS = {
  'commonjs, node10': ['commonjs', 'node10', 'commonjs'],
  'commonjs, bundler': ['commonjs', 'bundler', 'commonjs'],
  'node16 in CommonJS': ['node16', 'node16', 'commonjs'],
  'node16 in ES modules': ['node16', 'node16', 'module'],
  'nodenext in CommonJS': ['nodenext', 'nodenext', 'commonjs'],
  'nodenext in ES modules': ['nodenext', 'nodenext', 'module'],
  'node20 in CommonJS': ['node20', 'nodenext', 'commonjs'],
  'esnext, bundler': ['esnext', 'bundler', 'module'],
  'es2022, classic': ['es2022', 'classic', 'module'],
} as const;

/** Settings that find no entry point: 5.9 does not support commonjs with bundler; 6 deprecates node10 and drops classic; 7 drops both. */
const UNKNOWN: Readonly<Record<string, readonly string[]>> = {
  '5.9.3': ['commonjs, bundler', 'es2022, classic'],
  '6.0.3': ['commonjs, node10', 'es2022, classic'],
  '7.0.2': ['commonjs, node10', 'es2022, classic'],
};
const CASES = Object.entries(UNKNOWN).flatMap(([version, unknown]) =>
  Object.keys(SETTINGS)
    .filter((setting) => !unknown.includes(setting))
    .map((setting) => [version, setting as keyof typeof SETTINGS] as const),
);

let compilers: string;
beforeAll(async () => {
  compilers = await mkdtemp(join(tmpdir(), 'compilers-'));
  const packages = Object.keys(UNKNOWN).map((version) => `typescript-${version}@npm:typescript@${version}`);
  await run('npm', ['install', '--prefix', compilers, '--no-audit', '--no-fund', '--no-package-lock', ...packages]);
});
afterAll(() => rm(compilers, { recursive: true }));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compiled-'));
  await mkdir(join(folder, 'node_modules'));
  for (const name of ['@nestjs', '@types', 'rxjs', 'undici-types'])
    await symlink(resolve('node_modules', name), join(folder, 'node_modules', name));
  await symlink(resolve('.'), join(folder, 'node_modules/nestjs-authz'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Returns the errors of the compiler for a file; empty if there are none. */
async function compiled(version: string, setting: keyof typeof SETTINGS, source: string): Promise<string> {
  const [module, moduleResolution, type] = SETTINGS[setting];
  const compilerOptions = { module, moduleResolution, target: 'es2023', strict: true, noEmit: true, types: ['node'] };
  const options = { ...compilerOptions, skipLibCheck: true, esModuleInterop: true, experimentalDecorators: true };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type }));
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['app.ts'] }));
  await writeFile(join(folder, 'app.ts'), source);
  const compiler = join(compilers, 'node_modules', `typescript-${version}`, 'bin/tsc');
  return run(process.execPath, [compiler, '-p', folder, '--pretty', 'false']).then(
    () => '',
    (error: unknown) => (error as { readonly stdout: string }).stdout,
  );
}

it.each(CASES)('TypeScript %s finds every entry point with module %s', async (version, setting) => {
  const source = ENTRIES.map((entry, index) => `import * as e${index} from '${entry}'; e${index} satisfies object;`).join('\n');
  expect(await compiled(version, setting, source)).toBe('');
});

it('is not found with the resolution "classic", and the compiler suggests a setting', async () => {
  const said = await compiled('5.9.3', 'es2022, classic', `import { AuthzModule } from 'nestjs-authz'; void AuthzModule;`);
  expect(said).toContain(
    `TS2792: Cannot find module 'nestjs-authz'. Did you mean to set the 'moduleResolution' option to 'nodenext'`,
  );
});

describe.each(Object.keys(UNKNOWN))('TypeScript %s', (version) => {
  const REST = `audience: 'orders', mapping: { roles: {} }`;
  it('reports an issuer that may be undefined, in every form of the options', async () => {
    const options = `{ issuer: process.env['ISSUER'], ${REST} }`;
    const said = await compiled(
      version,
      'nodenext in ES modules',
      `import { AuthzModule } from 'nestjs-authz';
      AuthzModule.forRoot(${options});
      AuthzModule.forRootAsync({ useFactory: () => (${options}) });
      AuthzModule.forRootAsync({ useFactory: async () => (${options}) });`,
    );
    expect(said.match(/error TS/g)).toHaveLength(3);
    expect(said.match(/Type 'undefined' is not assignable to type 'string \| IssuerOptions'/g)).toHaveLength(3);
    expect(said).not.toContain(`Property 'issuers' is missing`);
  });

  it('rejects both "issuer" and "issuers" together, and neither of them', async () => {
    const said = await compiled(
      version,
      'nodenext in ES modules',
      `import { AuthzModule } from 'nestjs-authz';
      AuthzModule.forRoot({ issuer: 'https://a.acme.com', issuers: ['https://b.acme.com'], ${REST} });
      AuthzModule.forRoot({ ${REST} });`,
    );
    expect(said.match(/error TS2345.*'AuthzModuleOptions'/g)).toHaveLength(2);
    expect(said).toContain(`Property 'issuer' is missing`);
  });
});
