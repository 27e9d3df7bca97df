import { Readable } from 'node:stream';
import fc from 'fast-check';
import { readToken, type TokenOptions } from '../../../../lib/cli/why/token-input.js';
import { Scratch } from '../scratch.js';

const scratch = new Scratch();
const read = (options: TokenOptions, stdin = '', env: Readonly<Record<string, string>> = {}) =>
  readToken(options, {
    env,
    stdin: Readable.from([Buffer.from(stdin)]),
    isWatched: false,
    out: () => undefined,
    err: () => undefined,
  });

describe('readToken', () => {
  it.each([
    ['a.b.c', undefined],
    ['a.b.c\n', undefined],
    ['  a.b.c\r\n\r\n', undefined],
    ['\ufeffa.b.c', undefined],
    ['Bearer a.b.c', 'bearer'],
    ['bearer   a.b.c\n', 'bearer'],
    ['Authorization: Bearer a.b.c\n', 'bearer'],
    ['authorization:Bearer a.b.c', 'bearer'],
    ['DPoP a.b.c', 'dpop'],
  ])('reads the token in %j', async (stdin, scheme) => {
    expect(await read({ token: '-' }, stdin)).toEqual({ token: 'a.b.c', scheme });
  });

  it('reads the token from a file and from an environment variable', async () => {
    const tokenFile = await scratch.write('token.txt', 'Bearer a.b.c\n');
    expect((await read({ tokenFile })).token).toBe('a.b.c');
    expect((await read({ token: 'env:TOKEN' }, '', { TOKEN: 'a.b.c' })).token).toBe('a.b.c');
  });

  it.each([['', '\n', 'Bearer', 'Bearer \n', 'Authorization: Bearer ', ' \t ']].flat())(
    'reports that %j is empty',
    async (stdin) => {
      await expect(read({ token: '-' }, stdin)).rejects.toThrow('There is no token in standard input: it is empty.');
    },
  );

  it('refuses a token as an argument without repeating it', async () => {
    for (const token of ['s3cret', 'a.b.c', 'Bearer a.b.c', 'env:not-a-name']) {
      const error: unknown = await read({ token }).catch((reason: unknown) => reason);
      expect(String(error)).toContain('Pipe it in and write --token -');
      expect(String(error)).not.toContain(token);
    }
  });

  it.each<[TokenOptions, string]>([
    [{}, 'The token is missing. Pipe it in and write --token -'],
    [{ token: '-', tokenFile: 'x' }, '--token and --token-file cannot be combined.'],
    [{ tokenFile: 'nowhere' }, 'nowhere cannot be read: no such file or directory.'],
    [{ token: 'env:NOWHERE' }, 'The environment variable NOWHERE is not set.'],
  ])('reports the fault in %j', async (options, message) => {
    await expect(read(options)).rejects.toThrow(message);
  });

  it('never changes the token itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[\w.~+/=-]{1,60}$/), fc.constantFrom('', 'Bearer ', ' \n'), async (token, before) => {
        fc.pre(!/^(bearer|dpop)$/i.test(token));
        expect((await read({ token: '-' }, `${before}${token}\n`)).token).toBe(token);
      }),
    );
  });
});
