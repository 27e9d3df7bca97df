import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serializeEntry, readEntry, type RevocationEntry } from '../../../../lib/revocation/index.js';
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

async function recalled(): Promise<{ values: (string | undefined)[]; confirmedAt: number | undefined }> {
  const values: (string | undefined)[] = [];
  const confirmedAt = await journal().recall((line) => {
    const entry = readEntry(line);
    values.push(typeof entry === 'string' ? undefined : entry.value);
  });
  return { values, confirmedAt };
}

describe('RevocationJournal', () => {
  it('returns what an earlier process kept, in order of arrival', async () => {
    const kept = journal();
    await add(kept, 'a');
    await add(kept, 'b', 'c');
    kept.confirm(1_700_000_000_000);
    await kept.flushed();
    expect(await recalled()).toEqual({ values: ['a', 'b', 'c'], confirmedAt: 1_700_000_000_000 });
    expect(errors).toEqual([]);
  });

  it('returns nothing if there is no file', async () => {
    expect(await recalled()).toEqual({ values: [], confirmedAt: undefined });
  });

  it('distinguishes a file without a contact to the feed from one with', async () => {
    await add(journal(), 'a');
    expect(await recalled()).toEqual({ values: ['a'], confirmedAt: 0 });
  });

  it('can be read by its owner only', async () => {
    const kept = journal();
    await add(kept, 'a');
    await add(kept, 'b');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('loses at most the last line in a crash', async () => {
    const kept = journal();
    await add(kept, 'a', 'b');
    const text = await readFile(file, 'utf8');
    for (let length = text.length - 1; length > text.indexOf('"b"'); length -= 7) {
      await writeFile(file, text.slice(0, length));
      expect((await recalled()).values[0]).toBe('a');
    }
  });

  it('is rewritten after a crash, so that the torn line does not damage the next', async () => {
    await add(journal(), 'a');
    await appendFile(file, '{"act":"rev');
    const next = journal();
    await next.recall(() => undefined);
    await add(next, 'b');
    expect((await recalled()).values).toEqual(['a', 'b']);
  });

  it('reports damaged lines, and reads the others', async () => {
    await add(journal(), 'a');
    await appendFile(file, `garbage\n${serializeEntry(about('b'))}\n{"confirmedAt":"x"}\n\n`);
    expect((await recalled()).values).toEqual(['a', undefined, 'b', undefined]);
  });

  it.each([
    ['empty', '', 'it is empty'],
    ['of something else', '{"roles":{}}\n', 'its first line is not the header of a revocation file'],
    ['of bytes', '\u0000\u0001\u0002', 'its first line is not the header of a revocation file'],
  ])('refuses a file that is %s', async (_, text, message) => {
    await writeFile(file, text);
    await expect(recalled()).rejects.toThrow(message);
  });

  it('rejects a folder in its place', async () => {
    await mkdir(file);
    await expect(recalled()).rejects.toThrow('it is not a file');
  });

  it('keeps entries that arrive while it is written', async () => {
    const kept = journal();
    const writes = Array.from({ length: 200 }, (_, index) => add(kept, `subject-${index}`));
    await Promise.all(writes);
    expect((await recalled()).values).toEqual(rules.map(({ value }) => value));
  });

  it('is rewritten once most of its lines are outdated', async () => {
    const kept = journal();
    await add(kept, 'a');
    for (let round = 0; round < 3; round++) await kept.append(Array.from({ length: 6000 }, () => about('gone')));
    await add(kept, 'b');
    expect((await recalled()).values).toEqual(['a', 'b']);
    expect((await readFile(file, 'utf8')).split('\n').length).toBeLessThan(10);
  });

  it('notes a contact with the feed, but not every one', async () => {
    const kept = journal();
    for (let second = 0; second < 30; second++) kept.confirm(1_700_000_000_000 + second * 1000);
    await kept.flushed();
    expect((await readFile(file, 'utf8')).match(/confirmedAt/g)?.length).toBeLessThanOrEqual(3);
    expect((await recalled()).confirmedAt).toBe(1_700_000_020_000);
  });

  it('reports once that it cannot be written, and has everything once it can', async () => {
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

  it('is rewritten after the file was deleted', async () => {
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

  it('leaves the old file intact if the new one cannot be written', async () => {
    await add(journal(), 'a');
    if (process.getuid?.() === 0) return; // root can write everywhere
    await chmod(folder, 0o500);
    await add(journal(), 'b');
    await chmod(folder, 0o700);
    expect((await recalled()).values).toEqual(['a']);
  });
});
