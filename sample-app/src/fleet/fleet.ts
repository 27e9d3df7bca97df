import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { RunningProcess } from './running-process.js';

/** How long a process may take to start, and then to end by itself, in milliseconds. */
const START_MS = 60_000;
const STOP_MS = 3_000;

const ENTRIES = {
  identity: new URL('../identity/main.js', import.meta.url),
  catalog: new URL('../catalog/main.js', import.meta.url),
  orders: new URL('../orders/main.js', import.meta.url),
  billing: new URL('../billing/main.js', import.meta.url),
};

/** The processes of the sample: starts them, notices when one fails, ends all of them. */
export class Fleet {
  /** Rejects when a process ends that should not. */
  readonly failure: Promise<never>;
  private readonly children = new Set<ChildProcess>();
  private fail!: (error: Error) => void;
  private stopping = false;

  constructor() {
    this.failure = new Promise<never>((_resolve, reject) => (this.fail = reject));
    this.failure.catch(() => undefined); // whoever awaits it hears of it
  }

  /** Starts a process and waits until it listens. */
  async start(name: keyof typeof ENTRIES, settings: Readonly<Record<string, string>> = {}): Promise<RunningProcess> {
    const child = fork(ENTRIES[name], {
      env: { ...process.env, ...settings, PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.children.add(child);
    const running = new RunningProcess(name, child);
    child.once('close', (code, signal) => {
      this.children.delete(child);
      if (!this.stopping)
        this.fail(new Error(`${name} ended (${signal ?? `exit code ${code ?? 'unknown'}`}). It wrote:\n${running.lastWords()}`));
    });
    const [message] = (await Promise.race([once(child, 'message', { signal: AbortSignal.timeout(START_MS) }), this.failure])) as [
      { readonly url: string },
    ];
    running.url = message.url;
    return running;
  }

  /** Ends every process and waits until none is left. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all([...this.children].map(end));
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
