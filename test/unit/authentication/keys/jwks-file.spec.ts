import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJwksFile, writeJwksFile } from '../../../../lib/authentication/keys/jwks-file.js';

const ISSUER = 'https://id.acme.com';
const SET = { jwks: { keys: [{ kty: 'EC', kid: 'k1' }] }, fetchedAt: 1_800_000_000_000 };

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jwks-'));
  file = join(folder, 'jwks.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeJwksFile', () => {
  it('writes what readJwksFile reads, for its owner alone, and leaves nothing beside it', async () => {
    await writeJwksFile(file, ISSUER, SET);
    expect(await readJwksFile(file, ISSUER)).toEqual(SET);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['jwks.json']);
  });

  it('replaces the file atomically, so that a concurrent reader gets the old one', async () => {
    await writeJwksFile(file, ISSUER, SET);
    const before = await stat(file);
    await writeJwksFile(file, ISSUER, { ...SET, fetchedAt: SET.fetchedAt + 1 });
    expect((await stat(file)).ino).not.toBe(before.ino);
    expect(await readJwksFile(file, ISSUER)).toMatchObject({ fetchedAt: SET.fetchedAt + 1 });
  });

  it('leaves one complete file after concurrent writes of replicas that share a folder', async () => {
    const sets = Array.from({ length: 20 }, (_, index) => ({
      ...SET,
      jwks: { keys: [{ kid: 'k'.repeat(index * 5000) }] },
      fetchedAt: index,
    }));
    await Promise.all(sets.map((set) => writeJwksFile(file, ISSUER, set)));
    expect(sets).toContainEqual(await readJwksFile(file, ISSUER));
    expect(await readdir(folder)).toEqual(['jwks.json']);
  });

  it('rejects if it cannot write, and leaves the old file', async () => {
    await expect(writeJwksFile(join(folder, 'missing', 'jwks.json'), ISSUER, SET)).rejects.toThrow('ENOENT');
    await mkdir(file); // a folder in place of the file: the rename fails
    await expect(writeJwksFile(file, ISSUER, SET)).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
    expect(await readdir(folder)).toEqual(['jwks.json']);
  });
});

describe('readJwksFile', () => {
  it('returns undefined for a missing file', async () => {
    expect(await readJwksFile(file, ISSUER)).toBeUndefined();
    await expect(readJwksFile(join(folder, 'jwks.json\u0000'), ISSUER)).rejects.toThrow();
  });

  it('rejects unreadable files', async () => {
    await mkdir(file);
    await expect(readJwksFile(file, ISSUER)).rejects.toThrow('EISDIR');
    await expect(readJwksFile(join(file, 'a'.repeat(300)), ISSUER)).rejects.toThrow('ENAMETOOLONG');
  });

  const written = { issuer: ISSUER, ...SET };
  it.each([
    ['of another issuer', { ...written, issuer: `${ISSUER}/` }],
    ['of no issuer', SET],
    ['without keys', { ...written, jwks: undefined }],
    ['whose keys are no list', { ...written, jwks: { keys: {} } }],
    ['without a moment', { ...written, fetchedAt: undefined }],
    ['whose moment is a string', { ...written, fetchedAt: '2027-01-01' }],
    ['that is a list', [written]],
    ['that is null', null],
  ])('rejects a file %s', async (_what, content) => {
    await writeFile(file, JSON.stringify(content));
    await expect(readJwksFile(file, ISSUER)).rejects.toThrow('no key set of this issuer');
  });

  it.each(['', '{', '\u0000', '{"issuer":"https://id.acme.com"'])('rejects a file of %j', async (content) => {
    await writeFile(file, content);
    await expect(readJwksFile(file, ISSUER)).rejects.toThrow();
  });

  it('reads no file of more than 2 MiB', async () => {
    await writeJwksFile(file, ISSUER, SET);
    const text = await readFile(file, 'utf8');
    const padded = (bytes: number) => writeFile(file, text + ' '.repeat(bytes - text.length));
    await padded(2 * 1024 * 1024);
    expect(await readJwksFile(file, ISSUER)).toEqual(SET);
    await padded(2 * 1024 * 1024 + 1);
    await expect(readJwksFile(file, ISSUER)).rejects.toThrow('larger than 2097152 bytes');
  });
});
