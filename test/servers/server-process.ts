import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect } from './collect-output.js';
import { onFreePorts, type Ports } from './on-free-ports.js';
import { stopAtTheEnd } from './stop-at-the-end.js';

/** A user of the machine, as options of `spawn`; without an id, the user that runs the tests. */
type User = Pick<SpawnOptions, 'uid' | 'gid'>;

/** Database servers refuse to run as root: for root, tests run them as the user `nobody`. */
const NOBODY: User = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** A server in a process and a directory of its own. */
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
    ready: string | RegExp,
  ): Promise<Ports[Count]> {
    return onFreePorts(count, async (ports) => {
      await this.start(program, await argsFor(ports), ready, 1);
      return ports;
    });
  }

  /** Starts the server and waits until it says that it is ready; tries again while a crashed one lets go. */
  async start(program: string, args: readonly string[], ready: string | RegExp, attempts = 20): Promise<void> {
    const child = (this.child = spawn(program, args, this.spawnOptions()));
    const end = () => child.kill('SIGKILL'); // an interrupted run must leave no server running
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    const said = collect(child);
    const hasStarted = await new Promise<boolean>((resolve, reject) => {
      for (const output of [child.stdout!, child.stderr!]) output.on('data', () => isReady(said(), ready) && resolve(true));
      child.once('error', reject).once('close', () => resolve(false));
    });
    if (hasStarted) return;
    if (attempts > 1 && !this.isStopped) await this.start(program, args, ready, attempts - 1);
    else throw new Error(`${program} did not start: ${said()}`);
  }

  /** Sends a signal that does not end it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }

  /** Ends it at once, as a crash does, or as another signal has it end. */
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

function isReady(said: string, ready: string | RegExp): boolean {
  return typeof ready === 'string' ? said.includes(ready) : ready.test(said);
}
