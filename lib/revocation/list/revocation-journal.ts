import { constants, createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isRecord } from '../../core/index.js';
import { writeWholeFile } from '../../network/remote/index.js';
import { serializeEntry, type RevocationEntry } from '../rules/revocation-entry.js';

/** The first line. A file without it was not written by this library, or is damaged. */
const HEADER = JSON.stringify({ nestjsAuthz: 'revocations', version: 1 });

/** Lines written at once when the whole file is rewritten, so that nothing waits for a million of them. */
const BATCH = 1000;
/** The file is rewritten once it has twice as many lines as it had rules at the last rewrite, plus this many. */
const SPARE_LINES = 10_000;
/** Shortest time between two notes of the last contact with the feed, in milliseconds. */
const CONFIRM_MS = 10_000;
/** Time until a failed write is tried again, in milliseconds. */
const RETRY_MS = 1000;
/** Longest valid line, in characters; a longer one is damaged. */
const MAX_LINE_LENGTH = 65_536;

/**
 * Keeps rules in a file that only its owner can read: one appended line for each entry, and a rewrite once most lines are outdated. A crash loses
 * the last line at most.
 */
export class RevocationJournal {
  private readonly file: string;
  private pending: string[] = [];
  private lines = 0;
  /** Number of rules at the last rewrite; `undefined`: the file's content is not known. */
  private rules: number | undefined;
  private confirmedAt = 0;
  private writing: Promise<void> = Promise.resolve();
  private isScheduled = false;
  private isFailing = false;
  private retryAt = 0;

  constructor(
    path: string,
    /** Every rule and restoration. */
    private readonly everything: () => Iterable<RevocationEntry>,
    /** Called once when writing fails, and again only after it has worked. */
    private readonly report: (error: unknown) => void,
  ) {
    this.file = resolve(path);
  }

  /**
   * Reads what an earlier process kept.
   * @param take Called with each line, which may be damaged.
   * @returns Last contact with the feed, in milliseconds since 1970; `undefined` if there is no file.
   * @throws Error if the file cannot be read, or is not a revocation file.
   */
  recall(take: (line: string) => void): Promise<number | undefined> {
    const reading = this.read(take);
    // Entries that the lines cause, such as stand-ins, are written after the last line: a rewrite before it would lose the rest.
    this.writing = reading.then(
      () => undefined,
      () => undefined,
    );
    return reading;
  }

  private async read(take: (line: string) => void): Promise<number | undefined> {
    if (!(await exists(this.file))) return undefined;
    let isFirst = true;
    for await (const line of linesOf(this.file)) {
      if (isFirst && line !== HEADER) throw new Error('its first line is not the header of a revocation file');
      const confirmedAt = confirmation(line);
      if (confirmedAt !== undefined) this.confirmedAt = Math.max(this.confirmedAt, confirmedAt);
      else if (!isFirst && line !== '') take(line);
      isFirst = false;
    }
    if (isFirst) throw new Error('it is empty');
    return this.confirmedAt;
  }

  /** Appends entries. @returns Resolves once they are written, or writing has failed. */
  append(entries: readonly RevocationEntry[]): Promise<void> {
    return this.add(entries.map(serializeEntry));
  }

  /** Notes a contact with the feed. @param at In milliseconds since 1970. */
  confirm(at: number): void {
    if (at - this.confirmedAt < CONFIRM_MS) return;
    this.confirmedAt = at;
    void this.add([confirmationLine(at)]);
  }

  /** Repeats a write that failed. */
  retry(): void {
    if (this.isFailing && performance.now() >= this.retryAt) void this.add([]);
  }

  /** Resolves once everything is written. */
  flushed(): Promise<void> {
    return this.writing;
  }

  private add(lines: readonly string[]): Promise<void> {
    for (const line of lines) this.pending.push(line);
    if (this.isScheduled) return this.writing;
    this.isScheduled = true;
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  /** Entries that arrive during a write go into the next. */
  private async write(): Promise<void> {
    this.isScheduled = false;
    const lines = this.pending;
    this.pending = [];
    // After a failure the whole file is rewritten, so nothing waits for a full disk.
    if (this.isFailing && performance.now() < this.retryAt) return;
    try {
      if (this.rules === undefined || this.lines > 2 * this.rules + SPARE_LINES) await this.writeWhole();
      else await this.extend(lines);
      this.isFailing = false;
    } catch (error) {
      this.rules = undefined; // the file may end in a partial line, so the next write rewrites it
      if (!this.isFailing) this.report(error);
      this.retryAt = performance.now() + RETRY_MS;
      this.isFailing = true;
    }
  }

  private async extend(lines: readonly string[]): Promise<void> {
    // Opened without O_CREAT: a new file would lack the header.
    const handle = await open(this.file, constants.O_WRONLY | constants.O_APPEND);
    try {
      await handle.appendFile(lines.map((line) => `${line}\n`).join(''));
      await handle.datasync();
    } finally {
      await handle.close();
    }
    this.lines += lines.length;
  }

  /** Includes the pending entries: `everything` has them. */
  private async writeWhole(): Promise<void> {
    this.rules = undefined;
    let rules = 0;
    const { confirmedAt } = this;
    const entries = this.everything();
    function* parts(): Generator<string> {
      yield `${HEADER}\n${confirmedAt === 0 ? '' : `${confirmationLine(confirmedAt)}\n`}`;
      let batch: string[] = [];
      for (const entry of entries) {
        rules++;
        if (batch.push(`${serializeEntry(entry)}\n`) < BATCH) continue;
        yield batch.join('');
        batch = [];
      }
      yield batch.join('');
    }
    await writeWholeFile(this.file, parts(), { mode: 0o600 });
    this.rules = rules;
    this.lines = rules;
  }
}

async function exists(file: string): Promise<boolean> {
  const stats = await stat(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (stats?.isFile() === false) throw new Error('it is not a file');
  return stats !== undefined;
}

async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-MAX_LINE_LENGTH);
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function confirmationLine(at: number): string {
  return JSON.stringify({ confirmedAt: at });
}

function confirmation(line: string): number | undefined {
  if (!line.startsWith('{"confirmedAt":')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) && typeof value['confirmedAt'] === 'number' ? value['confirmedAt'] : undefined;
  } catch {
    return undefined;
  }
}
