import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entryText, readEntry, type RevocationEntry } from '../../../../lib/revocation/index.js';
import { RevocationJournal } from '../../../../lib/revocation/list/revocation-journal.js';
import { revoke } from '../entries.js';
import { until } from '../../../waiting/until.js';

let folder: string;
let file: string;
let errors: unknown[];
let rules: RevocationEntry[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
  file = join(folder, 'revocations');
  errors = [];
  rules = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const journal = () =>
  new RevocationJournal(
    file,
    () => rules,
    (error) => errors.push(error),
  );
const about = (value: string) => revoke({ value });

/** Adds rules as an application does: to the list, then to the file. */
async function add(to: RevocationJournal, ...values: string[]): Promise<void> {
  const entries = values.map(about);
  rules.push(...entries);
  await to.append(entries);
}

async function recalled(): Promise<{ values: (string | undefined)[]; heardAt: number | undefined }> {
  const values: (string | undefined)[] = [];
  const heardAt = await journal().recall((line) => {
    const entry = readEntry(line);
    values.push(typeof entry === 'string' ? undefined : entry.value);
  });
  return { values, heardAt };
}

describe('RevocationJournal', () => {
  it('gives back what an earlier process kept, in the order in which it came', async () => {
    const kept = journal();
    await add(kept, 'a');
    await add(kept, 'b', 'c');
    kept.confirm(1_700_000_000_000);
    await kept.flushed();
    expect(await recalled()).toEqual({ values: ['a', 'b', 'c'], heardAt: 1_700_000_000_000 });
    expect(errors).toEqual([]);
  });

  it('has nothing where there is no file', async () => {
    expect(await recalled()).toEqual({ values: [], heardAt: undefined });
  });

  it('tells a file that was never confirmed from one that was', async () => {
    await add(journal(), 'a');
    expect(await recalled()).toEqual({ values: ['a'], heardAt: 0 });
  });

  it('is for its owner alone', async () => {
    const kept = journal();
    await add(kept, 'a');
    await add(kept, 'b');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('loses the last line at most to a crash in the middle of it', async () => {
    const kept = journal();
    await add(kept, 'a', 'b');
    const text = await readFile(file, 'utf8');
    for (let length = text.length - 1; length > text.indexOf('"b"'); length -= 7) {
      await writeFile(file, text.slice(0, length));
      expect((await recalled()).values[0]).toBe('a');
    }
  });

  it('writes all of it again after a crash, so that the torn line does not spoil the next', async () => {
    await add(journal(), 'a');
    await appendFile(file, '{"act":"rev');
    const next = journal();
    await next.recall(() => undefined);
    await add(next, 'b');
    expect((await recalled()).values).toEqual(['a', 'b']);
  });

  it('says of damaged lines that they are none, and reads the others', async () => {
    await add(journal(), 'a');
    await appendFile(file, `garbage\n${entryText(about('b'))}\n{"confirmedAt":"x"}\n\n`);
    expect((await recalled()).values).toEqual(['a', undefined, 'b', undefined]);
  });

  it.each([
    ['empty', '', 'it is empty'],
    ['of something else', '{"roles":{}}\n', 'it does not begin as a file of revocations does'],
    ['of bytes', '\u0000\u0001\u0002', 'it does not begin as a file of revocations does'],
  ])('refuses a file that is %s', async (_, text, message) => {
    await writeFile(file, text);
    await expect(recalled()).rejects.toThrow(message);
  });

  it('refuses a folder in its place', async () => {
    await mkdir(file);
    await expect(recalled()).rejects.toThrow('it is not a file');
  });

  it('keeps what comes while it is being written', async () => {
    const kept = journal();
    const writes = Array.from({ length: 200 }, (_, index) => add(kept, `subject-${index}`));
    await Promise.all(writes);
    expect((await recalled()).values).toEqual(rules.map(({ value }) => value));
  });

  it('is written anew once most of its lines are of the past', async () => {
    const kept = journal();
    await add(kept, 'a');
    for (let round = 0; round < 3; round++) await kept.append(Array.from({ length: 6000 }, () => about('gone')));
    await add(kept, 'b');
    expect((await recalled()).values).toEqual(['a', 'b']);
    expect((await readFile(file, 'utf8')).split('\n').length).toBeLessThan(10);
  });

  it('notes when the feed was heard, but not at every moment', async () => {
    const kept = journal();
    for (let second = 0; second < 30; second++) kept.confirm(1_700_000_000_000 + second * 1000);
    await kept.flushed();
    expect((await readFile(file, 'utf8')).match(/confirmedAt/g)?.length).toBeLessThanOrEqual(3);
    expect((await recalled()).heardAt).toBe(1_700_000_020_000);
  });

  it('says once that it cannot be written, and has everything once it can', async () => {
    const gone = join(folder, 'gone');
    file = join(gone, 'revocations');
    const kept = journal();
    await add(kept, 'a');
    await add(kept, 'b');
    expect(errors).toHaveLength(1);
    await mkdir(gone);
    await add(kept, 'c');
    await until(async () => {
      kept.retry();
      await kept.flushed();
      return existsSync(file);
    });
    expect((await recalled()).values).toEqual(['a', 'b', 'c']);
    await rm(gone, { recursive: true });
    await add(kept, 'd');
    expect(errors).toHaveLength(2);
  });

  it('is written anew where somebody has taken it away', async () => {
    const kept = journal();
    await add(kept, 'a');
    await rm(file);
    await add(kept, 'b');
    await until(async () => {
      kept.retry();
      await kept.flushed();
      return existsSync(file);
    });
    expect((await recalled()).values).toEqual(['a', 'b']);
  });

  it('leaves the file that was there whole where the new one cannot be written', async () => {
    await add(journal(), 'a');
    if (process.getuid?.() === 0) return; // root writes everywhere
    await chmod(folder, 0o500);
    await add(journal(), 'b');
    await chmod(folder, 0o700);
    expect((await recalled()).values).toEqual(['a']);
  });
});
