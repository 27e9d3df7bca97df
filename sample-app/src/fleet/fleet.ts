import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { RunningProcess, type ProcessName, type Settings } from './running-process.js';

/** How long a process may take to start, and then to end by itself, in milliseconds. */
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

/** The processes of the sample: starts them, notices when one fails, ends all of them. */
export class Fleet {
  /** Rejects when a process ends that should not. */
  readonly failure: Promise<never>;
  private readonly children = new Map<RunningProcess, ChildProcess>();
  private fail!: (error: Error) => void;

  constructor() {
    this.failure = new Promise<never>((_resolve, reject) => (this.fail = reject));
    this.failure.catch(() => undefined); // whoever awaits it hears of it
  }

  /** Starts a process on a free port and waits until it listens. */
  async start(name: ProcessName, settings: Settings = {}): Promise<RunningProcess> {
    const running = new RunningProcess(name, settings);
    await this.launch(running, '0');
    return running;
  }

  /** Ends a process and waits until it is gone. */
  async halt(running: RunningProcess): Promise<void> {
    const child = this.children.get(running);
    this.children.delete(running);
    if (child !== undefined) await end(child);
  }

  /** Starts a process again that was ended, with its settings and at its port. */
  async resume(running: RunningProcess): Promise<void> {
    await this.launch(running, new URL(running.url).port);
  }

  /** Starts a process anew that is running, at its port, with further settings. */
  async restart(running: RunningProcess, further: Settings): Promise<void> {
    await this.halt(running);
    running.settings = { ...running.settings, ...further };
    await this.resume(running);
  }

  /** Ends every process and waits until none is left. */
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
      if (this.children.get(running) !== child) return; // it was ended
      this.children.delete(running);
      this.fail(new Error(`${name} ended (${signal ?? `exit code ${code ?? 'unknown'}`}). It wrote:\n${running.lastWords()}`));
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
  const patience = new AbortController();
  const late = delay(STOP_MS, undefined, { signal: patience.signal }).then(() => child.kill('SIGKILL'));
  late.catch(() => undefined); // called off
  await ended;
  patience.abort();
}
