import { readFile } from 'node:fs/promises';
import { systemReason } from '../../../lib/cli/system-reason.js';

describe('why the system refused', () => {
  it('is said in words', async () => {
    const error: unknown = await readFile('/nowhere/at/all').catch((thrown: unknown) => thrown);
    expect(systemReason(error)).toBe('no such file or directory');
  });

  it.each([
    [{ code: 'ERR_FS_FILE_TOO_LARGE', message: 'too large' }, 'ERR_FS_FILE_TOO_LARGE'],
    [{ errno: 1, message: 'out of the ordinary' }, 'out of the ordinary'],
  ])('is its code, or else its message, for what the system has no words for: %j', (error, reason) => {
    expect(systemReason(error)).toBe(reason);
  });
});
