import type { ChildProcess } from 'node:child_process';
import { EventEmitter, on, once } from 'node:events';
import { createInterface } from 'node:readline';

/** A line that a service logged with context `Authz`. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
}

/** Number of output lines kept for the error message if the process fails. */
const LAST_LINES = 20;
/** Time limit for an expected log line, or for the reply to a message, in milliseconds. */
const WAIT_MS = 15_000;

export type ProcessName = 'redis' | 'identity' | 'authority' | 'catalog' | 'orders' | 'billing';

/** Environment variables of a process. */
export type Settings = Readonly<Record<string, string>>;

/** One process of the sample, across its restarts, and what its library logs. */
export class RunningProcess {
  /** Its URL; empty until it listens. */
  url = '';
  /** Lines logged with context `Authz`. `events` emits `line` for each new one. */
  readonly log: LogLine[] = [];
  readonly events = new EventEmitter<{ line: [LogLine] }>();
  private readonly recent: string[] = [];
  private child: ChildProcess | undefined;

  constructor(
    readonly name: ProcessName,
    /** Settings for every start. */
    public settings: Settings,
  ) {}

  /** Reads the output of the process that was started. */
  follow(child: ChildProcess): void {
    this.child = child;
    for (const input of [child.stdout, child.stderr])
      if (input !== null) createInterface({ input }).on('line', (line) => this.read(line));
  }

  /** Returns the first matching log line from `since` on (an earlier length of `log`); waits if there is none yet. */
  async logged(fits: (line: LogLine) => boolean, since: number): Promise<LogLine> {
    const found = this.log.slice(since).find(fits);
    return found ?? this.nextLine(fits);
  }

  private async nextLine(fits: (line: LogLine) => boolean): Promise<LogLine> {
    const failure = `${this.name} did not log the expected line within ${WAIT_MS / 1000} s.`;
    try {
      const lines = on(this.events, 'line', { signal: AbortSignal.timeout(WAIT_MS) }) as AsyncIterable<[LogLine]>;
      for await (const [line] of lines) if (fits(line)) return line;
    } catch (cause) {
      throw new Error(failure, { cause });
    }
    throw new Error(failure);
  }

  /** Sends the process a message and waits for its reply. */
  async send(message: string): Promise<void> {
    const { child } = this;
    if (child === undefined) throw new Error(`${this.name} was never started.`);
    const reply = once(child, 'message', { signal: AbortSignal.timeout(WAIT_MS) });
    child.send(message);
    await reply;
  }

  /** Returns the last output lines. */
  lastLines(): string {
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
    return undefined; // not a JSON log line
  }
}
