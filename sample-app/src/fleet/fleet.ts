import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { RunningProcess, type ProcessName, type Settings } from './running-process.js';

/** Time limits for the start of a process, and for its exit after SIGTERM, in milliseconds. */
const START_MS = 60_000;
const STOP_MS = 3_000;

const ENTRIES: Readonly<Record<ProcessName, URL>> = {
  redis: new URL('../redis/main.js', import.meta.url),
  identity: new URL('../identity/main.js', import.meta.url),
  authority: new URL('../authority/main.js', import.meta.url),
  catalog: new URL('../catalog/main.js', import.meta.url),
  orders: new URL('../orders/main.js', import.meta.url),
  billing: new URL('../billing/main.js', import.meta.url),
};

/** Starts and stops the processes of the sample, and reports a process that fails. */
export class Fleet {
  /** Rejects when a process exits unexpectedly. */
  readonly failure: Promise<never>;
  private readonly children = new Map<RunningProcess, ChildProcess>();
  private fail!: (error: Error) => void;

  constructor() {
    this.failure = new Promise<never>((_resolve, reject) => (this.fail = reject));
    this.failure.catch(() => undefined); // prevents an unhandled rejection; the callers that await it get the error
  }

  /** Starts a process on a free port and waits until it listens. */
  async start(name: ProcessName, settings: Settings = {}): Promise<RunningProcess> {
    const running = new RunningProcess(name, settings);
    await this.launch(running, '0');
    return running;
  }

  /** Stops a process and waits for its exit. */
  async halt(running: RunningProcess): Promise<void> {
    const child = this.children.get(running);
    this.children.delete(running);
    if (child !== undefined) await end(child);
  }

  /** Starts a stopped process again, with the same settings and port. */
  async resume(running: RunningProcess): Promise<void> {
    await this.launch(running, new URL(running.url).port);
  }

  /** Restarts a running process on the same port, with additional settings. */
  async restart(running: RunningProcess, further: Settings): Promise<void> {
    await this.halt(running);
    running.settings = { ...running.settings, ...further };
    await this.resume(running);
  }

  /** Stops every process and waits for their exit. */
  async stop(): Promise<void> {
    await Promise.all([...this.children.keys()].map((running) => this.halt(running)));
  }

  private async launch(running: RunningProcess, port: string): Promise<void> {
    const { name, settings } = running;
    const child = fork(ENTRIES[name], {
      env: { ...process.env, ...settings, PORT: port },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.children.set(running, child);
    running.follow(child);
    child.once('close', (code, signal) => {
      if (this.children.get(running) !== child) return; // stopped on purpose
      this.children.delete(running);
      this.fail(
        new Error(`${name} exited (${signal ?? `exit code ${code ?? 'unknown'}`}). Its last output:\n${running.lastLines()}`),
      );
    });
    const [message] = (await Promise.race([once(child, 'message', { signal: AbortSignal.timeout(START_MS) }), this.failure])) as [
      { readonly url: string },
    ];
    running.url = message.url;
  }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  const timer = new AbortController();
  const late = delay(STOP_MS, undefined, { signal: timer.signal }).then(() => child.kill('SIGKILL'));
  late.catch(() => undefined); // aborted below
  await ended;
  timer.abort();
}
