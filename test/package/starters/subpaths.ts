import { readFile } from 'node:fs/promises';
import type { Starter } from './starter.js';

/** One value of each entry point, by its subpath. */
const VALUES: Readonly<Record<string, string>> = {
  '.': 'AuthzModule',
  './database': 'databaseMapping',
  './http-bundle': 'httpBundle',
  './mapping-server': 'MappingServerModule',
  './microservices': 'AuthzRpcException',
  './outbound': 'OutboundModule',
  './receivers': 'BackChannelLogoutModule',
  './redis': 'redisMapping',
  './testing': 'startAuthzApp',
  './websockets': 'guardedWebSockets',
};

/** Settings of module resolution: a name, a version of TypeScript that supports it, and the options of the compiler. */
export type ModuleSetting = readonly [name: string, version: string, options: object];

export const MODULES: readonly ModuleSetting[] = [
  ['commonjs', '5.9', { module: 'commonjs', moduleResolution: 'node10' }],
  ['commonjs', '6', { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' }],
  ['commonjs, resolved for a bundler', '6', { module: 'commonjs', moduleResolution: 'bundler' }],
  ['commonjs, resolved for a bundler', '7', { module: 'commonjs', moduleResolution: 'bundler' }],
  ...['5.9', '6', '7'].flatMap((version): ModuleSetting[] => [
    ['nodenext', version, { module: 'nodenext' }],
    ['node20', version, { module: 'node20' }],
    ['esnext, resolved for a bundler', version, { module: 'esnext', moduleResolution: 'bundler' }],
  ]),
];

/** Makes a project that imports a value from every entry point of the package, as CommonJS and as an ES module. */
export async function everySubpath(starter: Starter): Promise<Starter> {
  const project = await starter.beside('subpaths', { private: true });
  const { exports } = JSON.parse(await readFile('package.json', 'utf8')) as { exports: Record<string, unknown> };
  const subpaths = Object.keys(exports).filter((path) => !/\.(json|sql)$/.test(path));
  const imports = subpaths.map((path, index) => {
    const value = VALUES[path];
    if (value === undefined) throw new Error(`Name a value of "${path}" in VALUES.`);
    return `import { ${value} as value${index} } from 'nestjs-authz${path.slice(1)}';`;
  });
  // An untyped value is `any`, which is assignable to a number: the expected error would be missing.
  const uses = subpaths.map((_, index) => `// @ts-expect-error\nexport const number${index}: number = value${index};`);
  const code = `${imports.join('\n')}\n\n${uses.join('\n')}\n`;
  await project.write('commonjs.ts', code);
  await project.write('module.mts', code);
  return project;
}

/** Type-checks that code and all declarations. @throws Error with the errors of the compiler. */
export async function check(project: Starter, version: string, options: object & { module?: string }): Promise<void> {
  const file = `tsconfig.${version}.${JSON.stringify(options).replace(/\W+/g, '-')}.json`;
  const compilerOptions = {
    target: 'es2023',
    types: ['node'],
    strict: true,
    experimentalDecorators: true,
    esModuleInterop: true,
    noEmit: true,
    ...options,
  };
  const files = options.module === 'commonjs' ? ['commonjs.ts'] : ['commonjs.ts', 'module.mts'];
  await project.write(file, JSON.stringify({ compilerOptions, files }));
  await project.run('node', [`node_modules/typescript-${version}/bin/tsc`, '--project', file]);
}
