import { readFile } from 'node:fs/promises';
import { systemReason } from '../../../lib/cli/system-reason.js';

describe('the reason of a system error', () => {
  it('is returned in words', async () => {
    const error: unknown = await readFile('/nowhere/at/all').catch((thrown: unknown) => thrown);
    expect(systemReason(error)).toBe('no such file or directory');
  });

  it.each([
    [{ code: 'ERR_FS_FILE_TOO_LARGE', message: 'too large' }, 'ERR_FS_FILE_TOO_LARGE'],
    [{ errno: 1, message: 'out of the ordinary' }, 'out of the ordinary'],
  ])('is the code, else the message, if the system has no words: %j', (error, reason) => {
    expect(systemReason(error)).toBe(reason);
  });
});
