import type { Starter } from './starter.js';

/** One value of each entry point, by its subpath; a type of the one that has only types. */
export const NAMES: Readonly<Record<string, string | { readonly type: string }>> = {
  '.': 'AuthzModule',
  './database': 'databaseMapping',
  './http-bundle': 'httpBundle',
  './mapping-server': 'MappingServerModule',
  './mapping-source': 'remoteMapping',
  './microservices': 'AuthzRpcException',
  './mongodb': 'toMongo',
  './outbound': 'OutboundModule',
  './prisma': 'toPrisma',
  './receivers': 'BackChannelLogoutModule',
  './redis': 'redisMapping',
  './revocation-feed': { type: 'RevocationFeed' },
  './sql': 'toSql',
  './testing': 'startAuthzApp',
  './transports': 'bearerCredentials',
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

/** Makes a project that imports a name from every entry point of the package, as CommonJS and as an ES module. */
export async function everySubpath(starter: Starter): Promise<Starter> {
  const project = await starter.beside('subpaths', { private: true });
  const imports = Object.entries(NAMES).map(([path, name], index) => {
    const imported = typeof name === 'string' ? `{ ${name} as name${index} }` : `type { ${name.type} as name${index} }`;
    return `import ${imported} from 'nestjs-authz${path.slice(1)}';`;
  });
  // An untyped name is `any`, which is assignable to a number: the expected error would be missing.
  const uses = Object.values(NAMES).map((name, index) => {
    const type = typeof name === 'string' ? `typeof name${index}` : `name${index}`;
    return `declare const given${index}: ${type};\n// @ts-expect-error\nexport const number${index}: number = given${index};`;
  });
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
