import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-port.js';
import { stopAtTheEnd } from './stop-at-the-end.js';

/** A user of the machine, as options of `spawn`; without an id, the user that runs the tests. */
type User = Pick<SpawnOptions, 'uid' | 'gid'>;

/** Database servers refuse to run as root: for root, tests run them as the user `nobody`. */
const NOBODY: User = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** The ports that a server needs. */
interface Ports {
  readonly 1: readonly [number];
  readonly 2: readonly [number, number];
}

/** Messages of servers whose port is already in use. */
const PORT_TAKEN = /already in use|eaddrinuse|in use by another/i;

/** A server in its own process and directory. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private isStopped = false;

  private constructor(
    readonly directory: string,
    private readonly user: User,
  ) {}

  /**
   * Creates the directory of a server.
   * @param user Runs the server. `self`: the user that runs the tests, for programs in that user's home. Default: `nobody` instead of root.
   */
  static async prepare(name: string, user: 'nobody' | 'self' = 'nobody'): Promise<ServerProcess> {
    const directory = await mkdtemp(join(tmpdir(), `${name}-`));
    const runner = user === 'nobody' ? NOBODY : {};
    if (runner.uid !== undefined) await chown(directory, runner.uid, runner.gid!);
    return stopAtTheEnd(new ServerProcess(directory, runner));
  }

  /** Runs a program and waits for its exit. */
  async run(program: string, args: readonly string[]): Promise<void> {
    const child = (this.child = spawn(program, args, this.spawnOptions()));
    const said = collect(child);
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${program} exited with ${code}: ${said()}`);
  }

  /**
   * Starts the server on free ports. Tries other ports if another process took one of them first.
   * @param argsFor Writes the server's configuration and returns its arguments.
   * @returns The ports.
   */
  async startOnFreePorts<Count extends keyof Ports>(
    count: Count,
    program: string,
    argsFor: (ports: Ports[Count]) => Promise<readonly string[]> | readonly string[],
    ready: string,
    attempts = 5,
  ): Promise<Ports[Count]> {
    const ports = (await freePorts(count)) as Ports[Count];
    const args = await argsFor(ports);
    try {
      await this.start(program, args, ready, 1);
      return ports;
    } catch (error) {
      if (attempts === 1 || !PORT_TAKEN.test(String(error))) throw error;
      return this.startOnFreePorts(count, program, argsFor, ready, attempts - 1);
    }
  }

  /** Starts the server and waits until it is ready. Retries while a crashed server still holds its port or files. */
  async start(program: string, args: readonly string[], ready: string, attempts = 20): Promise<void> {
    const child = (this.child = spawn(program, args, this.spawnOptions()));
    const end = () => child.kill('SIGKILL'); // an interrupted run must leave no server running
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    const said = collect(child);
    const isReady = await new Promise<boolean>((resolve, reject) => {
      for (const output of [child.stdout!, child.stderr!]) output.on('data', () => said().includes(ready) && resolve(true));
      child.once('error', reject).once('close', () => resolve(false));
    });
    if (isReady) return;
    if (attempts > 1 && !this.isStopped) await this.start(program, args, ready, attempts - 1);
    else throw new Error(`${program} did not start: ${said()}`);
  }

  /** Kills the server, like a crash, or sends it another signal. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** Stops the server and removes its data, also during its start. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.kill();
    await rm(this.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  private spawnOptions(): SpawnOptions {
    return { ...this.user, cwd: this.directory, stdio: ['ignore', 'pipe', 'pipe'] };
  }
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const output of [child.stdout!, child.stderr!])
    output.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-8192)));
  return () => text;
}
