import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { transform, type Options } from '@swc/core';
import { printedBy } from '../package/consumers.js';
import { collect } from '../servers/collect-output.js';
import { stopAtTheEnd } from '../servers/stop-at-the-end.js';
import { Document, type CodeBlock } from './documents.js';

const SWC: Options = {
  ...(JSON.parse(readFileSync('test/setup/swc.json', 'utf8')) as Options),
  module: { type: 'es6' },
};

/** Text of a guide, and what a test writes in its place, such as the URL of a server on a free port. */
export type Replacements = Readonly<Record<string, string>>;

/** A guide, which a test follows as a reader does. */
export class Guide {
  readonly blocks: readonly CodeBlock[];

  private constructor(private readonly document: Document) {
    this.blocks = document.blocks();
  }

  /** @param name The file in `docs/guides`, without its ending. */
  static read(name: string): Guide {
    return new Guide(Document.read(`docs/guides/${name}.md`));
  }

  /** Returns the only block that contains a text. */
  block(containing: string): CodeBlock {
    const found = this.blocks.filter(({ content }) => content.includes(containing));
    if (found.length !== 1) throw new Error(`${found.length} blocks of the guide contain "${containing}": expected one.`);
    return found[0]!;
  }

  /** Returns the content of the block that is a file. If several blocks are this file, the last one counts. */
  file(path: string): string {
    const block = this.blocks.filter(({ file }) => file === path).at(-1);
    if (block === undefined) throw new Error(`No block of the guide is the file ${path}.`);
    return block.content;
  }

  /** Returns what the last table of the guide ("If not") lists as seen: the first cell of each row, without the marks of code. */
  symptoms(): readonly string[] {
    const rows = this.document.content.slice(this.document.content.lastIndexOf('## If not')).match(/^\|.*\|$/gm) ?? [];
    return rows.slice(2).map((row) =>
      row
        .split(/(?<!\\)\|/, 2)[1]!
        .replaceAll('`', '')
        .trim(),
    );
  }

  /**
   * Writes the files of the guide into a new project in which the built package is installed.
   * @param replacements Applied to the files, and to the commands that the project runs.
   * @param files More files, by path, such as the reader's own.
   * @throws Error if no block contains a text that is to be replaced.
   */
  async project(replacements: Replacements = {}, files: Replacements = {}): Promise<GuideProject> {
    for (const text of Object.keys(replacements))
      if (!this.blocks.some(({ content }) => content.includes(text)))
        throw new Error(`No block of the guide contains "${text}".`);
    const own = Object.fromEntries(this.blocks.flatMap(({ file, content }) => (file === undefined ? [] : [[file, content]])));
    return GuideProject.create({ ...own, ...files }, replacements);
  }
}

/** A project in a temporary folder, with the package as it is published. It is removed at the end of the suite. */
export class GuideProject {
  private readonly programs = new Set<ChildProcess>();

  private constructor(
    readonly folder: string,
    private readonly replacements: Replacements,
  ) {}

  static async create(files: Replacements, replacements: Replacements): Promise<GuideProject> {
    const project = stopAtTheEnd(new GuideProject(await mkdtemp(join(tmpdir(), 'authz-guide-')), replacements));
    await project.installPackages();
    await project.write('package.json', '{ "private": true, "type": "module" }');
    for (const [path, content] of Object.entries(files)) await project.write(path, project.replaced(content));
    return project;
  }

  /** Writes a file as it is. TypeScript is compiled to `dist` as well, as the build of a Nest project does. */
  async write(path: string, content: string): Promise<void> {
    await this.put(path, content);
    if (!path.endsWith('.ts')) return;
    const { code } = await transform(content, { ...SWC, filename: path, swcrc: false });
    await this.put(path.replace(/(^|\/)src\//, '$1dist/').replace(/\.ts$/, '.js'), code);
  }

  /**
   * Runs a command line of the guide with bash. `npx nestjs-authz` is the command line of the package.
   * @returns Its output on stdout and stderr.
   * @throws Error with the output if the command fails.
   */
  async run(command: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
    return printedBy('bash', ['--norc', '-euo', 'pipefail', '-c', this.replaced(command)], {
      cwd: this.folder,
      env: this.environment(env),
    });
  }

  /**
   * Starts a program of the guide on a free port of 127.0.0.1 and waits until it listens.
   * @param entry A compiled file. Default: dist/main.js.
   * @param within The folder of one of several applications of the guide. Default: the project's.
   */
  async start({
    entry = 'dist/main.js',
    env = {},
    within = '.',
  }: { readonly entry?: string; readonly env?: NodeJS.ProcessEnv; readonly within?: string } = {}): Promise<RunningGuide> {
    const child = spawn(process.execPath, ['--import', resolve('test/documents/on-loopback.mjs'), entry], {
      cwd: join(this.folder, within),
      env: this.environment({ PORT: '0', ...env }),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.programs.add(child);
    const output = collect(child);
    const failed = once(child, 'close').then(([code]) => {
      throw new Error(`${entry} of the guide ended with ${String(code)}:\n${output()}`);
    });
    const [{ url }] = (await Promise.race([once(child, 'message'), failed])) as [{ url: string }];
    failed.catch(() => undefined); // stop() ends the program
    return new RunningGuide(child, url, output);
  }

  /** Stops the programs that run, and removes the folder. */
  async stop(): Promise<void> {
    await Promise.all(Array.from(this.programs, (program) => ended(program, 'SIGKILL')));
    await rm(this.folder, { recursive: true, force: true });
  }

  private environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return {
      ...process.env,
      NO_COLOR: '1',
      npm_config_update_notifier: 'false', // npx would ask the registry
      PATH: `${join(this.folder, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
      ...env,
    };
  }

  private replaced(text: string): string {
    return Object.entries(this.replacements).reduce((result, [from, to]) => result.replaceAll(from, to), text);
  }

  private async put(path: string, content: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), content);
  }

  /** Installs the published form of the package, and links all other packages, so that no test needs the registry. */
  private async installPackages(): Promise<void> {
    const own = resolve('node_modules');
    const target = join(this.folder, 'node_modules');
    await mkdir(join(target, 'nestjs-authz'), { recursive: true });
    await mkdir(join(target, '.bin'));
    for (const name of await readdir(own)) if (!name.startsWith('.')) await symlink(join(own, name), join(target, name));
    for (const name of await readdir(join(own, '.bin'))) await symlink(join(own, '.bin', name), join(target, '.bin', name));
    for (const path of ['dist', 'package.json']) await cp(path, join(target, 'nestjs-authz', path), { recursive: true });
    await chmod(join(target, 'nestjs-authz/dist/cli/main.js'), 0o755); // as npm does
    await symlink('../nestjs-authz/dist/cli/main.js', join(target, '.bin/nestjs-authz'));
  }
}

/** A program of a guide that listens. */
export class RunningGuide {
  constructor(
    private readonly child: ChildProcess,
    /** Its URL, without a slash at the end. */
    readonly url: string,
    /** Returns the last 8 KiB of its output. */
    readonly output: () => string,
  ) {}

  /** Resolves once its output contains a text, or matches. @throws Error with the output if it does not within 30 s. */
  async prints(expected: RegExp | string): Promise<void> {
    const signal = AbortSignal.timeout(30_000);
    const outputs = [this.child.stdout!, this.child.stderr!];
    const isPrinted = () => (typeof expected === 'string' ? this.output().includes(expected) : expected.test(this.output()));
    while (!isPrinted()) {
      const printed = new AbortController();
      const options = { signal: AbortSignal.any([signal, printed.signal]) };
      await Promise.any(outputs.map((output) => once(output, 'data', options))).catch(() => {
        throw new Error(`The program has not printed ${String(expected)}:\n${this.output()}`);
      });
      printed.abort();
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await ended(this.child, signal);
  }
}

/** Sends a signal to a program, unless it has ended, and waits for its end. */
async function ended(program: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const closed = once(program, 'close');
  program.kill(signal);
  await closed;
}

/**
 * Returns a pattern for output that a guide shows. `…` stands for any characters of its line, and on a line of its own for any lines. Spaces at the
 * ends of lines do not count. A guide that shows no output promises that there is none.
 */
export function shown({ content }: Pick<CodeBlock, 'content'>): RegExp {
  if (content.trim() === '') return /^\s*$/;
  const literal = content.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const lines = literal.replace(/^[ \t]*…[ \t]*$/gm, '[^]*?').replaceAll('…', '.*?');
  return new RegExp(lines.replace(/[ \t]*\n[ \t]*/g, '\\s+'));
}

/** Returns a pattern for each line of output that a guide shows, for lines of a log between which other lines may stand. */
export function linesShown({ content }: Pick<CodeBlock, 'content'>): readonly RegExp[] {
  return content
    .trim()
    .split('\n')
    .map((line) => shown({ content: line }));
}
