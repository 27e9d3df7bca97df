import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Consumers, printedBy, QUIETLY, type Start } from '../consumers.js';
import { addAuthz } from './add-authz.js';
import type { NodeVersion } from './node-versions.js';

/** Commands that generate a starter. The CLI of Nest 12 offers CommonJS only in an interactive terminal, so the schematic is called directly. */
export type Form = 'nest-11' | 'nest-12' | 'nest-12-commonjs';

const OWN = join(process.cwd(), 'node_modules');
const NEW = ['new', 'starter', '--skip-install', '--skip-git', '--package-manager', 'npm'];
const GENERATE: Readonly<Record<Form, readonly [string, readonly string[]]>> = {
  'nest-11': ['npx', ['-y', '-p', '@nestjs/cli@11.0.24', '--', 'nest', ...NEW]],
  'nest-12': [join(OWN, '.bin/nest'), NEW],
  'nest-12-commonjs': [
    join(OWN, '.bin/schematics'),
    [
      `${join(OWN, '@nestjs/schematics/dist/collection.json')}:application`,
      ...['--name=starter', '--type=cjs', '--language=ts', '--no-dry-run'],
    ],
  ],
};

interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/** The statuses of a guarded route for three callers, and of a public route. */
export interface Answers {
  readonly public: number;
  readonly withoutToken: number;
  readonly withoutPermission: number;
  readonly withPermission: number;
  readonly handler: unknown;
}

export const GUARDED: Answers = {
  public: 200,
  withoutToken: 401,
  withoutPermission: 403,
  withPermission: 200,
  handler: { caller: 'test-subject' },
};

/** A project that `nest new` generated outside of this repository, with unchanged configuration and AuthzModule added to its code. */
export class Starter {
  private constructor(
    readonly consumers: Consumers,
    readonly folder: string,
    readonly form: Form,
  ) {}

  /** Packs the library and generates the project, with exact versions instead of ranges. Installs nothing. */
  static async generate(form: Form, versions: Readonly<Record<string, string>>): Promise<Starter> {
    const consumers = await Consumers.pack();
    await printedBy(...GENERATE[form], { cwd: consumers.workspace });
    const starter = new Starter(consumers, join(consumers.workspace, 'starter'), form);
    await starter.edit('package.json', (json) => {
      const manifest = JSON.parse(json) as Manifest;
      manifest.dependencies = exact(manifest.dependencies, versions);
      manifest.devDependencies = exact(manifest.devDependencies, versions);
      return JSON.stringify(manifest);
    });
    await addAuthz(starter);
    return starter;
  }

  /** Makes another project with its own package.json and the same packages installed. */
  async beside(name: string, manifest: object): Promise<Starter> {
    const other = new Starter(this.consumers, join(this.consumers.workspace, name), this.form);
    await other.write('package.json', JSON.stringify(manifest));
    await symlink(join(this.folder, 'node_modules'), join(other.folder, 'node_modules'));
    return other;
  }

  /** Removes everything that was created for this starter. */
  remove(): Promise<void> {
    return this.consumers.remove();
  }

  read(file: string): Promise<string> {
    return readFile(join(this.folder, file), 'utf8');
  }

  async write(file: string, content: string): Promise<void> {
    await mkdir(dirname(join(this.folder, file)), { recursive: true });
    await writeFile(join(this.folder, file), content);
  }

  async edit(file: string, change: (content: string) => string): Promise<void> {
    await this.write(file, change(await this.read(file)));
  }

  /** Installs the packed library, or other packages. */
  async install(...packages: readonly string[]): Promise<void> {
    await this.run('npm', ['install', ...QUIETLY, ...packages]);
  }

  /** Runs a command in the project. @returns Its output. */
  run(command: string, args: readonly string[], node?: NodeVersion, env?: NodeJS.ProcessEnv): Promise<string> {
    return printedBy(command, args, { cwd: this.folder, env: { ...node?.env, ...env } });
  }

  /** Starts the built application, and sends requests as several callers. */
  async answers(start: Start = {}, folder = this.folder): Promise<Answers> {
    const service = await this.consumers.start(folder, [], [], { ...start, env: { PORT: '0', ...start.env } });
    const ask = (path: string, roles?: readonly string[]) => this.consumers.ask(service.url + path, roles);
    try {
      const handler = await ask('/orders', ['viewer']);
      return {
        public: (await ask('/')).status,
        withoutToken: (await ask('/orders')).status,
        withoutPermission: (await ask('/orders/delete', ['viewer'])).status,
        withPermission: (await ask('/orders/delete', ['clerk'])).status,
        handler: await handler.json(),
      };
    } finally {
      await service.stop();
    }
  }
}

function exact(ranges: Readonly<Record<string, string>>, versions: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(ranges).filter((name) => name in versions);
  return Object.fromEntries(names.map((name) => [name, versions[name]!]));
}
