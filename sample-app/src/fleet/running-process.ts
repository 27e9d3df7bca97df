import type { ChildProcess } from 'node:child_process';
import { EventEmitter, on, once } from 'node:events';
import { createInterface } from 'node:readline';

/** A line that a service logged with context `Authz`. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
}

/** Lines kept for the case that the process fails. */
const LAST_LINES = 20;
/** How long a line is waited for, or that a message is taken in, in milliseconds. */
const PATIENCE_MS = 15_000;

export type ProcessName = 'redis' | 'identity' | 'authority' | 'catalog' | 'orders' | 'billing';

/** What a process is told by its environment. */
export type Settings = Readonly<Record<string, string>>;

/** One process of the sample, across its restarts, and what its library logs. */
export class RunningProcess {
  /** Where it listens; known once it does. */
  url = '';
  /** What was logged with context `Authz`. Emits `line` with each further one. */
  readonly log: LogLine[] = [];
  readonly events = new EventEmitter<{ line: [LogLine] }>();
  private readonly recent: string[] = [];
  private child: ChildProcess | undefined;

  constructor(
    readonly name: ProcessName,
    /** With which it is started, and started again. */
    public settings: Settings,
  ) {}

  /** Reads along with what was started for it. */
  follow(child: ChildProcess): void {
    this.child = child;
    for (const input of [child.stdout, child.stderr])
      if (input !== null) createInterface({ input }).on('line', (line) => this.read(line));
  }

  /** The first fitting log line from `since` on (an earlier length of `log`): one that is there, or the next one. */
  async logged(fits: (line: LogLine) => boolean, since: number): Promise<LogLine> {
    const found = this.log.slice(since).find(fits);
    return found ?? this.nextLine(fits);
  }

  private async nextLine(fits: (line: LogLine) => boolean): Promise<LogLine> {
    const failure = `${this.name} did not log what was expected within ${PATIENCE_MS / 1000} s.`;
    try {
      const lines = on(this.events, 'line', { signal: AbortSignal.timeout(PATIENCE_MS) }) as AsyncIterable<[LogLine]>;
      for await (const [line] of lines) if (fits(line)) return line;
    } catch (cause) {
      throw new Error(failure, { cause });
    }
    throw new Error(failure);
  }

  /** Sends it a message and waits until it was taken in. */
  async tell(message: string): Promise<void> {
    const { child } = this;
    if (child === undefined) throw new Error(`${this.name} was never started.`);
    const takenIn = once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    child.send(message);
    await takenIn;
  }

  /** The last lines it wrote. */
  lastWords(): string {
    return this.recent.join('\n');
  }

  private read(text: string): void {
    this.recent.push(text);
    if (this.recent.length > LAST_LINES) this.recent.shift();
    const line = authzLine(text);
    if (line === undefined) return;
    this.log.push(line);
    this.events.emit('line', line);
  }
}

function authzLine(text: string): LogLine | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const { context, level, message } = JSON.parse(text) as Record<string, unknown>;
    return context === 'Authz' ? { level: String(level), message: String(message) } : undefined;
  } catch {
    return undefined; // no log line
  }
}
