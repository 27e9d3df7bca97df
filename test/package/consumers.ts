import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { StubIssuer } from '../../lib/testing/index.js';

export const run = promisify(execFile);

export const QUIETLY = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'];

/** The folder of a command, and changes of its environment. */
export interface Place {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a command.
 * @returns Its output on stdout and stderr.
 * @throws Error with the output if the command fails.
 */
export function printedBy(command: string, args: readonly string[], { cwd, env }: Place): Promise<string> {
  const how = { cwd, env: { ...process.env, NO_COLOR: '1', ...env }, maxBuffer: 50_000_000 };
  return new Promise((resolve, reject) => {
    execFile(command, args, how, (error, stdout, stderr) => {
      const printed = stdout + stderr;
      if (error === null) resolve(printed);
      else reject(new Error(`In ${cwd}, "${command} ${args.join(' ')}" ended with ${String(error.code)}:\n${printed}`));
    });
  });
}

/** A running consumer. */
export interface RunningConsumer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The file to start, and the version of Node. */
export interface Start {
  /** A file in the folder. Default: dist/main.js. */
  readonly entry?: string;
  /** Path of the Node program. Default: the one that runs the tests. */
  readonly node?: string;
  readonly env?: NodeJS.ProcessEnv;
}

type PackageJson = Record<string, unknown> & { readonly dependencies: Record<string, string> };

/** A folder outside of this repository with applications in which the packed library is installed. */
export class Consumers {
  private constructor(
    readonly workspace: string,
    readonly tarball: string,
    readonly issuer: StubIssuer,
  ) {}

  static async pack(): Promise<Consumers> {
    const workspace = await mkdtemp(join(tmpdir(), 'nestjs-authz-pack-'));
    // Without scripts: they would build again while other specs use the build.
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', workspace]);
    const tarball = join(
      workspace,
      (await readdir(workspace)).find((name) => name.endsWith('.tgz'))!,
    );
    return new Consumers(workspace, tarball, await StubIssuer.start());
  }

  async remove(): Promise<void> {
    await this.issuer.stop();
    await rm(this.workspace, { recursive: true });
  }

  /**
   * Copies a consumer out of this repository, installs the packed library in it and compiles it, including the types of the library.
   * @param change Changes of its package.json.
   * @param sources Files that replace files in its `src`, by name.
   * @returns Its folder.
   */
  async install(
    consumer: string,
    name = consumer,
    change: (json: PackageJson) => PackageJson = (json) => json,
    sources: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const folder = join(this.workspace, name);
    await cp(join('test/package/consumers', consumer), folder, { recursive: true });
    const file = join(folder, 'package.json');
    await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, 'utf8')) as PackageJson)));
    for (const [source, text] of Object.entries(sources)) await writeFile(join(folder, 'src', source), text);
    await run('npm', ['install', ...QUIETLY, this.tarball], { cwd: folder });
    await run('npm', ['run', 'build'], { cwd: folder });
    return folder;
  }

  /** Installs only the packed library in an empty folder, without peers, as for using its command line. @returns The folder. */
  async installAlone(): Promise<string> {
    const folder = await mkdtemp(join(this.workspace, 'alone-'));
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    await run('npm', ['install', '--legacy-peer-deps', ...QUIETLY, this.tarball], { cwd: folder });
    return folder;
  }

  /** Starts a compiled consumer that trusts the stub issuer. @param flags Flags of Node. @param args Arguments of the consumer. */
  async start(
    folder: string,
    flags: readonly string[] = [],
    args: readonly string[] = [],
    { entry = 'dist/main.js', node = process.execPath, env }: Start = {},
  ): Promise<RunningConsumer> {
    const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
    const service = spawn(node, [...flags, entry, ...args], {
      cwd: folder,
      env: { ...process.env, ISSUER: this.issuer.url, AUDIENCE: 'orders', ...env },
      stdio,
    });
    const printed: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      service.once('close', () =>
        reject(new Error(`The application in ${folder} ended before it was listening:\n${printed.join('\n')}`)),
      );
      createInterface({ input: service.stdout }).on('line', (line) => {
        printed.push(line);
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

  /** Sends a request to a running consumer, as a caller with these roles or without a token. */
  ask(url: string, roles?: readonly string[], method = 'GET'): Promise<Response> {
    const headers = roles && { authorization: `Bearer ${this.issuer.token({ aud: 'orders', roles })}` };
    return fetch(url, { method, ...(headers && { headers }) });
  }
}
