import { constants, createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isRecord } from '../../core/index.js';
import { writeWholeFile } from '../../network/remote/index.js';
import { entryText, type RevocationEntry } from '../rules/revocation-entry.js';

/** The first line. A file without it is none of ours, and nobody knows what it lacks. */
const HEADER = JSON.stringify({ nestjsAuthz: 'revocations', version: 1 });

/** Lines written at once into a whole file, so that nothing waits for a million of them. */
const BATCH = 1000;
/** The file is written anew once it has twice as many lines as it had rules then, and so many more. */
const SPARE_LINES = 10_000;
/** When the feed was heard is noted once in this time, in milliseconds. */
const CONFIRM_MS = 10_000;
/** A disk that did not take it is tried again after this time, in milliseconds. */
const RETRY_MS = 1000;
/** No line is longer; what is, is damaged. */
const MAX_LINE_LENGTH = 65_536;

/**
 * Keeps rules in a file, for its owner alone: one line for each, added as it comes, and the file written anew where most of its lines are of the
 * past. A crash costs the last line at most.
 */
export class RevocationJournal {
  private readonly file: string;
  private pending: string[] = [];
  private lines = 0;
  /** Rules in the file when it was last written as a whole; `undefined`: what it holds is not known. */
  private rules: number | undefined;
  private confirmedAt = 0;
  private writing: Promise<void> = Promise.resolve();
  private isScheduled = false;
  private isFailing = false;
  private retryAt = 0;

  constructor(
    path: string,
    /** Every rule there is. */
    private readonly everything: () => Iterable<RevocationEntry>,
    /** Told once when it cannot be written, until it can. */
    private readonly report: (error: unknown) => void,
  ) {
    this.file = resolve(path);
  }

  /**
   * Reads what an earlier process kept.
   * @param take Called with each line, which may be an entry or damaged.
   * @returns When the feed was last heard, in milliseconds since 1970; `undefined` if there is no such file.
   * @throws Error if there is one that cannot be read or is none of ours.
   */
  recall(take: (line: string) => void): Promise<number | undefined> {
    const reading = this.read(take);
    // What the lines bring about, such as rules that give way, is written once all of them are known: the file would lose the rest.
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
      if (isFirst && line !== HEADER) throw new Error('it does not begin as a file of revocations does');
      const confirmedAt = confirmation(line);
      if (confirmedAt !== undefined) this.confirmedAt = Math.max(this.confirmedAt, confirmedAt);
      else if (!isFirst && line !== '') take(line);
      isFirst = false;
    }
    if (isFirst) throw new Error('it is empty');
    return this.confirmedAt;
  }

  /** Adds entries. @returns Resolves once they are on the disk, or cannot be. */
  append(entries: readonly RevocationEntry[]): Promise<void> {
    return this.add(entries.map(entryText));
  }

  /** Notes that the feed was heard. @param at In milliseconds since 1970. */
  confirm(at: number): void {
    if (at - this.confirmedAt < CONFIRM_MS) return;
    this.confirmedAt = at;
    void this.add([confirmationLine(at)]);
  }

  /** Tries once more where the disk did not take it a while ago. */
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

  /** What comes while one is under way is written by the next. */
  private async write(): Promise<void> {
    this.isScheduled = false;
    const lines = this.pending;
    this.pending = [];
    // Everything is written the next time: nobody waits for a disk that is full.
    if (this.isFailing && performance.now() < this.retryAt) return;
    try {
      if (this.rules === undefined || this.lines > 2 * this.rules + SPARE_LINES) await this.writeWhole();
      else await this.extend(lines);
      this.isFailing = false;
    } catch (error) {
      this.rules = undefined; // a part of a line may be there now: the next time all of it is written
      if (!this.isFailing) this.report(error);
      this.retryAt = performance.now() + RETRY_MS;
      this.isFailing = true;
    }
  }

  private async extend(lines: readonly string[]): Promise<void> {
    // Not made where it is gone: without its first line nobody would know it again.
    const handle = await open(this.file, constants.O_WRONLY | constants.O_APPEND);
    try {
      await handle.appendFile(lines.map((line) => `${line}\n`).join(''));
      await handle.datasync();
    } finally {
      await handle.close();
    }
    this.lines += lines.length;
  }

  /** Every rule is among them, those that were pending too. */
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
        if (batch.push(`${entryText(entry)}\n`) < BATCH) continue;
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
