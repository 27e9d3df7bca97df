import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskCopy, type KeptMapping } from '../../../../../lib/mapping/sources/remote/disk-copy.js';
import { HAS_SCARCE_DIRECTORIES, scarceDirectory } from '../../scarce-directory.js';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'disk-copy-'));
  file = join(directory, 'mapping.copy');
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const AT = Date.UTC(2026, 0, 1);
const kept = (text = 'roles: {}', version?: string): KeptMapping => ({ text, version, verifiedAt: AT });
const copy = (maxBytes = 1024 * 1024, source = 'the remote end') => new DiskCopy(file, maxBytes, source);

describe('DiskCopy', () => {
  it('returns the stored document unchanged, with the time of its confirmation', async () => {
    for (const mapping of [kept(), kept('ünïcödé \u0000 "\\ \r\n\u2028 😀', 'W/"7"'), kept('')]) {
      await copy().write(mapping);
      expect(await copy().read()).toEqual(mapping);
    }
  });

  it('returns undefined before anything is stored', async () => {
    expect(await copy().read()).toBeUndefined();
  });

  it('refuses the copy of another source, whose version has no meaning here', async () => {
    await copy().write(kept());
    await expect(copy(1024, 'elsewhere').read()).rejects.toThrow('it is a copy of "the remote end"');
  });

  it('is readable for its owner only, whatever the permissions of the old file', async () => {
    await writeFile(file, 'public', { mode: 0o666 });
    await chmod(file, 0o666);
    await copy().write(kept());
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('replaces a link, not its target', async () => {
    await writeFile(join(directory, 'other'), 'precious');
    await symlink('other', file);
    await copy().write(kept());
    expect(await readFile(join(directory, 'other'), 'utf8')).toBe('precious');
  });

  it('records a confirmation without changing the content', async () => {
    await copy().write(kept('a: 1', 'v'));
    await copy().renew(AT + 5000);
    expect(await copy().read()).toEqual({ ...kept('a: 1', 'v'), verifiedAt: AT + 5000 });
    await expect(new DiskCopy(join(directory, 'none'), 1, 'the remote end').renew(AT)).rejects.toThrow('ENOENT');
  });

  it('counts as never confirmed if its time is in the future by more than clocks are corrected', async () => {
    await copy().write(kept());
    await utimes(file, Date.now() / 1000 + 30, Date.now() / 1000 + 30);
    expect((await copy().read())!.verifiedAt).toBeGreaterThan(Date.now());
    await utimes(file, Date.now() / 1000 + 3600, Date.now() / 1000 + 3600);
    expect((await copy().read())!.verifiedAt).toBe(0);
  });

  it('is complete after an earlier write was interrupted', async () => {
    await copy().write(kept('the good one'));
    await writeFile(`${file}.0c0c.tmp`, '{"text":"half of the n'); // left by a crash before the rename
    expect((await copy().read())!.text).toBe('the good one');
    await copy().write(kept('the next one'));
    expect((await copy().read())!.text).toBe('the next one');
  });

  it('is never half written while it is replaced', async () => {
    const texts = ['a', 'b'].map((letter) => letter.repeat(300_000));
    await copy().write(kept(texts[0]));
    const seen: (string | undefined)[] = [];
    await Promise.all([
      (async () => {
        for (let round = 0; round < 20; round++) await copy().write(kept(texts[round % 2]));
      })(),
      (async () => {
        for (let round = 0; round < 40; round++) seen.push((await copy().read())?.text);
      })(),
    ]);
    for (const text of seen) expect(texts.indexOf(text!)).not.toBe(-1);
    expect(await readdir(directory)).toEqual(['mapping.copy']);
  });

  it.each([
    ['there is no directory', () => rm(directory, { recursive: true }), 'ENOENT'],
    [
      'a directory is in its place',
      async () => {
        await rm(file);
        await mkdir(join(file, 'full'), { recursive: true });
      },
      '',
    ],
  ])('fails where %s, and leaves nothing behind', async (_where, spoil, message) => {
    await copy().write(kept());
    await spoil();
    await expect(copy().write(kept('new'))).rejects.toThrow(message);
    const left = await readdir(directory).catch(() => []);
    expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  (HAS_SCARCE_DIRECTORIES ? it : it.skip)('keeps the old copy if the disk is full', async () => {
    const scarce = await scarceDirectory();
    try {
      const there = new DiskCopy(join(scarce.path, 'copy'), 1024 * 1024, 'the remote end');
      await there.write(kept('old'));
      await scarce.exhaust();
      await expect(there.write(kept('new '.repeat(1000)))).rejects.toThrow(/ENOSPC|EACCES/);
      expect(await there.read()).toEqual(kept('old'));
      await scarce.relieve();
      expect(await readdir(scarce.path)).toEqual(['copy']);
      await there.write(kept('new'));
      expect((await there.read())!.text).toBe('new');
    } finally {
      await scarce.remove();
    }
  });

  it.each([[0], [1], [10], [-1]])('is refused if it is truncated at %d', async (length) => {
    await copy().write(kept('roles: {}', 'v1'));
    await truncate(file, length < 0 ? (await stat(file)).size + length : length);
    await expect(copy().read()).rejects.toThrow(/^it is truncated or malformed$/);
  });

  it.each([
    '[]',
    '7',
    'null',
    '{}',
    '{"text": 7}',
    '{"text": "a", "version": 7}',
    '{"version": "a"}',
    '{"text": "a", "version": null}',
  ])('is refused if it is %s', async (content) => {
    await writeFile(file, content);
    await expect(copy().read()).rejects.toThrow(/^it is not a copy of a document$/);
  });

  it('is refused unread if it is larger than any copy', async () => {
    await writeFile(file, '');
    await truncate(file, 2 ** 40); // a sparse file takes no space
    await expect(copy(1024).read()).rejects.toThrow(/^it has 1099511627776 bytes, more than any copy of a document$/);
  });

  it('is refused if it cannot be read', async () => {
    await mkdir(file);
    await expect(copy().read()).rejects.toThrow('EISDIR');
    await writeFile(join(directory, 'file'), '');
    await expect(new DiskCopy(join(directory, 'file', 'copy'), 1024, 'the remote end').read()).rejects.toThrow('ENOTDIR');
  });

  it('stores a document of the largest allowed size, with any characters', async () => {
    const text = '"\n'.repeat(50_000);
    await copy(text.length).write(kept(text, 'v'.repeat(1000)));
    expect((await copy(text.length).read())!.text).toBe(text);
  });
});
