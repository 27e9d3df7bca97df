import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { importsOf, packageOf, readSources, targetOf } from './imports.js';

const run = promisify(execFile);

/** Evaluates an expression in a separate process, in which the built package has its public name. */
async function evaluated(expression: string): Promise<unknown> {
  const { stdout } = await run(process.execPath, ['--eval', `(async () => console.log(JSON.stringify(${expression})))()`]);
  return JSON.parse(stdout) as unknown;
}

/** Returns the imports of a built file and, recursively, of those files, without dynamic imports. */
function whatComesWith(entry: string): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  const ending = entry.endsWith('.d.ts') ? '.d.ts' : '.js';
  const sources = readSources('dist', ending);
  const files = new Set([entry]);
  const packages = new Set<string>();
  // Iterating over a Set also visits members that are added meanwhile.
  for (const file of files) {
    for (const { specifier } of importsOf(file, sources.get(file) ?? '').filter(({ kind }) => kind !== 'dynamic')) {
      const target = targetOf(file, specifier);
      if (target === undefined) packages.add(packageOf(specifier));
      else files.add(target.replace(/\.ts$/, ending));
    }
  }
  return { files: [...files], packages: [...packages].filter((name) => name !== 'node:').sort() };
}

const packagesThatComeWith = (entry: string): readonly string[] => whatComesWith(entry).packages;

/** Files of packages that are part of the build. */
const FOREIGN = /(^|\/)cel-js\.js$/;

/** Returns the names of all classes of this library that services load, one for each declaration. */
function classesIn(folder: string, ending: string): readonly string[] {
  const declared = /^(?:export )?(?:(?:let )?\w+ = )*(?:abstract )?class ([\w$]+)/gm;
  return [...readSources(folder, ending)]
    .filter(([file]) => !/^(cli|cjs)\//.test(file) && !FOREIGN.test(file))
    .flatMap(([, code]) => [...code.matchAll(declared)].map(([, name]) => name!))
    .sort();
}

const MAIN = [
  'AUTHZ_MODULE_OPTIONS',
  'AccessToken',
  'Authenticated',
  'Authz',
  'AuthzConfigError',
  'AuthzGuard',
  'AuthzMode',
  'AuthzModule',
  'AuthzRefusedException',
  'CurrentPermissions',
  'CurrentPrincipal',
  'CurrentResource',
  'Filtered',
  'MappingError',
  'OptionalAuth',
  'PermissionSet',
  'Public',
  'REFUSAL_REASONS',
  'RequireAnyPermission',
  'RequireAnyRole',
  'RequireAnyScope',
  'RequireAuthContext',
  'RequirePermissions',
  'RequirePolicy',
  'RequireRoles',
  'RequireScopes',
  'Resource',
  'RevocationRuleError',
  'Revocations',
  'ServiceTask',
  'allOf',
  'anyOf',
  'auth0',
  'clerk',
  'cloudflareAccess',
  'cognito',
  'entraId',
  'fileMapping',
  'firebase',
  'fusionAuth',
  'generic',
  'google',
  'googleIap',
  'keycloak',
  'legacyIssuer',
  'merge',
  'not',
  'okta',
  'oryHydra',
  'overlay',
  'rfc9068',
  'supabase',
  'workOs',
  'zitadel',
];

const NAMES: readonly (readonly [entry: string, names: readonly string[]])[] = [
  ['nestjs-authz', MAIN],
  ['nestjs-authz/database', ['databaseMapping']],
  [
    'nestjs-authz/http-bundle',
    [
      'BUNDLE_ALGORITHMS',
      'BUNDLE_TYPE',
      'CONFIRMATION_HEADER',
      'REVOCATIONS_TYPE',
      'httpBundle',
      'httpRevocations',
      'signBundle',
      'signConfirmation',
      'signRevocations',
      'signerSettings',
      'verifyBundle',
    ],
  ],
  [
    'nestjs-authz/mapping-server',
    ['MAPPING_SERVER_OPTIONS', 'MappingServerModule', 'REVOCATION_SERVER_OPTIONS', 'RevocationServerModule'],
  ],
  ['nestjs-authz/mapping-source', ['UnverifiableError', 'remoteMapping']],
  [
    'nestjs-authz/microservices',
    ['AuthzClientProxy', 'AuthzRpcException', 'ENVELOPE', 'WIRE_FIELDS', 'enclose', 'grpcInterceptor'],
  ],
  ['nestjs-authz/mongodb', ['toMongo']],
  ['nestjs-authz/outbound', ['OUTBOUND_OPTIONS', 'Outbound', 'OutboundError', 'OutboundModule']],
  ['nestjs-authz/prisma', ['toPrisma']],
  [
    'nestjs-authz/receivers',
    [
      'BACK_CHANNEL_LOGOUT_OPTIONS',
      'BackChannelLogoutModule',
      'SHARED_SIGNALS_POLL_OPTIONS',
      'SHARED_SIGNALS_PUSH_OPTIONS',
      'SharedSignals',
      'SharedSignalsPollModule',
      'SharedSignalsPushModule',
    ],
  ],
  ['nestjs-authz/redis', ['publishMapping', 'redisMapping', 'redisRevocations']],
  ['nestjs-authz/revocation-feed', []],
  ['nestjs-authz/sql', ['toSql']],
  ['nestjs-authz/testing', ['AuthzTestApp', 'StubIssuer', 'guardAs', 'startAuthzApp']],
  ['nestjs-authz/transports', ['CallRunner', 'bearerCredentials']],
  ['nestjs-authz/websockets', ['WsRefusedException', 'guardedWebSockets']],
];

type Export = string | { readonly require: { readonly default: string } };
const { exports: EXPORTS } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, Export> };
/** The entry points with code, by the names that applications import. */
const ENTRIES = Object.keys(EXPORTS)
  .filter((entry) => typeof EXPORTS[entry] === 'object')
  .map((entry) => `nestjs-authz${entry.slice(1)}`);

function requiredFile(entry: string): string {
  const found = EXPORTS[`.${entry.slice('nestjs-authz'.length)}`];
  if (typeof found !== 'object') throw new Error(`${entry} is no entry point with code.`);
  return found.require.default;
}

describe('the built package', () => {
  it('has these entries', () => {
    expect(Object.keys(EXPORTS)).toEqual([
      '.',
      './database',
      './http-bundle',
      './mapping-server',
      './mapping-source',
      './microservices',
      './mongodb',
      './outbound',
      './prisma',
      './receivers',
      './redis',
      './revocation-feed',
      './sql',
      './testing',
      './transports',
      './websockets',
      './schema/mapping.schema.json',
      './database/migrations/*.sql',
      './package.json',
    ]);
  });

  it('has only entries whose names are listed here', () => {
    expect(NAMES.map(([entry]) => entry)).toEqual(ENTRIES);
  });

  it.each(NAMES)('exports from %s these names and no other, imported or required', async (entry, names) => {
    expect(await evaluated(`Object.keys(await import('${entry}')).sort()`)).toEqual(names);
    expect(await evaluated(`Object.keys(require('${entry}')).sort()`)).toEqual(names);
  });

  it('has the schema of a mapping, and migrations that create the tables', async () => {
    expect(await evaluated(`require('nestjs-authz/schema/mapping.schema.json').title`)).toMatch(/mapping/i);
    const migrations = ['mysql', 'postgresql'].map((name) => `require.resolve('nestjs-authz/database/migrations/${name}.sql')`);
    expect(
      await evaluated(
        `[${migrations.join()}].map((file) => require('fs').readFileSync(file, 'utf8').includes('role_permissions'))`,
      ),
    ).toEqual([true, true]);
  });

  it('has a command line that starts without Nest', async () => {
    const { stdout } = await run(process.execPath, ['dist/cli/main.js', '--help']);
    expect(stdout).toContain('Usage: nestjs-authz');
    expect(packagesThatComeWith('cli/main.js')).toEqual(['yaml']);
  });

  it.each(readdirSync('lib/sources').map((name) => `sources/${name}`))(
    'loads no optional peer with its entry %s, and needs none for its types',
    (room) => {
      expect(packagesThatComeWith(`${room}/index.js`)).toEqual([]);
      expect(packagesThatComeWith(`cjs/${room}/index.d.ts`)).toEqual(['@nestjs/common']);
    },
  );

  it('exports its package.json', async () => {
    expect(await evaluated(`require('nestjs-authz/package.json').name`)).toBe('nestjs-authz');
  });

  it('loads with its main entry no optional peer, no parser and no token verification before they are needed', () => {
    expect(packagesThatComeWith('index.js')).toEqual(['@nestjs/common', '@nestjs/core', 'reflect-metadata']);
  });

  it('opens few files with its main entry, since each one delays the start', () => {
    expect(whatComesWith('index.js').files.length).toBeLessThan(20);
  });

  it('contains each class once, under its own name, shared by all entries', () => {
    expect(classesIn('dist', '.js')).toEqual(classesIn('lib', '.ts'));
  });

  it.each(ENTRIES)('loads the same copy of %s on Node by require() and import', async (entry) => {
    const same = `((required, imported) => Object.keys(required).filter((name) => required[name] !== imported[name]))`;
    expect(await evaluated(`${same}(require('${entry}'), await import('${entry}'))`)).toEqual([]);
  });

  it.each(ENTRIES)('also has %s as CommonJS, which loads no ES module and has the same names of classes', async (entry) => {
    const file = requiredFile(entry);
    // The file that Jest loads, which does not know the condition that Node prefers.
    const code = `((required, imported) => Object.keys(required).sort().join() === Object.keys(imported).sort().join() &&
      Object.keys(required).every((name) => typeof required[name] !== 'function' || required[name].name === imported[name].name))`;
    expect(await evaluated(`${code}(require('${file}'), await import('${entry}'))`)).toBe(true);
    const own = `require('${file}') && Object.keys(require.cache).filter((name) => name.startsWith(process.cwd() + '/dist/'))`;
    const loaded = (await evaluated(own)) as readonly string[];
    expect(loaded.length).toBeGreaterThan(0);
    expect(loaded.filter((name) => !name.startsWith(`${process.cwd()}/dist/cjs/`))).toEqual([]);
  });

  it('uses no syntax of ES modules in its CommonJS form', () => {
    for (const [, code] of readSources('dist/cjs', '.js')) expect(code).not.toMatch(/\bimport\s*\(|import\.meta/);
  });

  it('does not use the location of its modules, which bundlers report in different ways', () => {
    const asking = [...readSources('dist', '.js')].filter(
      ([file, code]) => !file.startsWith('cli/') && code.includes('import.meta'),
    );
    expect(asking.map(([file]) => file)).toEqual([]);
  });

  it('refers in the types of its main entry only to packages that every application has', () => {
    expect(packagesThatComeWith('cjs/index.d.ts')).toEqual(['@nestjs/common']);
  });

  it('loads a test framework only in its testing entry, and only when startAuthzApp() is called', () => {
    expect(packagesThatComeWith('testing/index.js')).not.toEqual(expect.arrayContaining(['@nestjs/testing', 'supertest']));
    expect(readFileSync('dist/testing/index.js', 'utf8')).toMatch(/import\('@nestjs\/testing'\),\s+import\('supertest'\)/);
    expect(packagesThatComeWith('cjs/testing/index.d.ts')).toEqual(expect.arrayContaining(['@nestjs/testing', 'supertest']));
  });
});
