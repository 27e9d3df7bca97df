import { gzipSync } from 'node:zlib';
import { getText, getTextIfChanged } from '../../../../lib/network/http-client/index.js';
import { body, cutOff, dripping, hanging, huge, LoopbackServer, status, tagged } from '../../../servers/loopback-server.js';

let server: LoopbackServer;
beforeEach(async () => {
  server = await LoopbackServer.start();
});
afterEach(() => server.stop());

const limits = (milliseconds = 10_000, maxBytes = 1000) => ({ signal: AbortSignal.timeout(milliseconds), maxBytes });

describe('getText', () => {
  it('gives the text and its ETag, and sends the headers', async () => {
    server.answer = tagged('{"é":1}', 'W/"1"');
    expect(await getText(server.url, { ...limits(), headers: { authorization: 'Bearer x' } })).toEqual({
      text: '{"é":1}',
      etag: 'W/"1"',
    });
    expect(server.requests[0]!.headers['authorization']).toBe('Bearer x');
  });

  it.each(['', 'unquoted', '"a"b"', `"${'a'.repeat(20)}`])('keeps no ETag that is none: %s', async (etag) => {
    server.answer = body('text', { etag });
    expect(await getText(server.url, limits())).toEqual({ text: 'text', etag: undefined });
  });

  it('takes exactly as many bytes as allowed', async () => {
    server.answer = body('x'.repeat(1000));
    expect((await getText(server.url, limits())).text).toHaveLength(1000);
    server.answer = body('x'.repeat(1001));
    await expect(getText(server.url, limits())).rejects.toThrow('answered more than 1000 bytes');
  });

  it('ends the transfer of 100 MB instead of reading it', async () => {
    const answer = huge(100 * 1024 * 1024);
    server.answer = answer;
    await expect(getText(server.url, limits())).rejects.toThrow('answered more than 1000 bytes');
    expect(answer.sent).toBeLessThan(50 * 1024 * 1024);
  });

  it('asks again where the server closes the connection that lay idle', async () => {
    const used = new Set<object>();
    let resets = 0;
    server.answer = (request, response) => {
      const { socket } = request;
      if (!used.has(socket)) response.end('text');
      else resets += Number(socket.resetAndDestroy().destroyed);
      used.add(socket);
    };
    // The first connections may not be free yet.
    while (resets === 0) expect((await getText(server.url, limits())).text).toBe('text');
  });

  it('asks twice at most where the connection breaks each time', async () => {
    server.answer = (request) => void request.socket.resetAndDestroy();
    await expect(getText(server.url, limits())).rejects.toThrow('ECONNRESET');
    expect(server.requests).toHaveLength(2);
  });

  it('does not ask again once an answer has begun', async () => {
    server.answer = cutOff;
    await expect(getText(server.url, limits())).rejects.toThrow('UND_ERR_SOCKET');
    expect(server.requests).toHaveLength(1);
  });

  it('counts bytes after decompression', async () => {
    server.answer = body(gzipSync('x'.repeat(1_000_000)), { 'content-encoding': 'gzip' });
    await expect(getText(server.url, limits(10_000, 100_000))).rejects.toThrow('answered more than 100000 bytes');
  });

  it.each([
    ['204', status(204), 'answered 204'],
    ['a redirect', status(302, { location: '/elsewhere' }), 'answered 302'],
    ['401', status(401), 'answered 401'],
    ['404', status(404), 'answered 404'],
    ['500', status(500), 'answered 500'],
    ['304 to who did not ask', status(304), 'answered 304'],
    ['a part', body('{"roles"', {}, 206), 'answered 206'],
    ['what is no UTF-8', body(Buffer.from([0x7b, 0xff, 0x7d])), 'utf-8'],
    ['half a body', cutOff, 'UND_ERR_SOCKET'],
    ['with a broken connection', (_: unknown, response: { destroy(): void }) => response.destroy(), 'UND_ERR_SOCKET'],
  ])('refuses a server that answers %s', async (_name, answer, message) => {
    server.answer = answer;
    await expect(getText(server.url, limits())).rejects.toThrow(message);
    expect(server.requests.map(({ path }) => path)).toEqual(['/']);
  });

  it.each([
    ['hangs', hanging],
    ['drips', dripping],
  ])('ends by its signal where the server %s', async (_name, answer) => {
    server.answer = answer;
    await expect(getText(server.url, limits(100, 1_000_000))).rejects.toThrow('timeout');
    const ended = new AbortController();
    const pending = getText(server.url, { signal: ended.signal, maxBytes: 1_000_000 });
    await server.asked(2);
    ended.abort(new Error('the application stops'));
    await expect(pending).rejects.toThrow('the application stops');
  });

  it('says that nobody listens', async () => {
    const { url } = server;
    await server.stop();
    await expect(getText(url, limits())).rejects.toThrow('ECONNREFUSED');
    server = await LoopbackServer.start();
  });
});

describe('getTextIfChanged', () => {
  it('asks by the ETag and learns that nothing has changed', async () => {
    server.answer = tagged('text', '"1"');
    expect(await getTextIfChanged(server.url, limits(), undefined)).toEqual({ text: 'text', etag: '"1"' });
    expect(await getTextIfChanged(server.url, limits(), '"1"')).toBe('unchanged');
    expect(await getTextIfChanged(server.url, limits(), '"2"')).toEqual({ text: 'text', etag: '"1"' });
  });

  it('sends its own condition whatever the headers say', async () => {
    await getTextIfChanged(server.url, { ...limits(), headers: { 'if-none-match': '*' } }, '"1"');
    expect(server.requests[0]!.headers['if-none-match']).toBe('"1"');
  });

  it.each(['', '1', '"1', '"1"\r\nx: y', '"\u{1f600}"'])('does not send back what is no ETag: %j', async (etag) => {
    await getTextIfChanged(server.url, limits(), etag);
    expect(server.requests[0]!.headers['if-none-match']).toBeUndefined();
  });

  it('refuses what is neither', async () => {
    server.answer = status(412);
    await expect(getTextIfChanged(server.url, limits(), '"1"')).rejects.toThrow('answered 412');
  });
});
