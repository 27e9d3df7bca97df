import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopAtTheEnd } from './stop-at-the-end.js';

/** Database servers refuse to run as root: there they run as `nobody`. */
const AS_NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** A database server in a process and a directory of its own. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private isStopped = false;

  private constructor(readonly directory: string) {}

  static async prepare(name: string): Promise<ServerProcess> {
    const directory = await mkdtemp(join(tmpdir(), `${name}-`));
    if (AS_NOBODY.uid !== undefined) await chown(directory, AS_NOBODY.uid, AS_NOBODY.gid);
    return stopAtTheEnd(new ServerProcess(directory));
  }

  /** Runs a program to its end. */
  async run(program: string, args: readonly string[]): Promise<void> {
    const child = (this.child = spawn(program, args, this.spawnOptions()));
    const said = collect(child);
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${program} ended with ${code}: ${said()}`);
  }

  /** Starts the server and waits until it says on standard error that it is ready; tries again while a crashed one lets go. */
  async start(program: string, args: readonly string[], ready: string, attempts = 20): Promise<void> {
    const child = (this.child = spawn(program, args, this.spawnOptions()));
    const end = () => child.kill('SIGKILL'); // so that an interrupted run leaves no server behind
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    const said = collect(child);
    const isReady = await new Promise<boolean>((resolve, reject) => {
      child.stderr!.on('data', () => said().includes(ready) && resolve(true));
      child.once('error', reject).once('close', () => resolve(false));
    });
    if (isReady) return;
    if (attempts > 1 && !this.isStopped) await this.start(program, args, ready, attempts - 1);
    else throw new Error(`${program} did not start: ${said()}`);
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Ends it and removes its data, also while it starts. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.kill();
    await rm(this.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  private spawnOptions(): SpawnOptions {
    return { ...AS_NOBODY, cwd: this.directory, stdio: ['ignore', 'ignore', 'pipe'] };
  }
}

function collect(child: ChildProcess): () => string {
  let text = '';
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-8192)));
  return () => text;
}
