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
  it('returns the text and its ETag, and sends the headers', async () => {
    server.answer = tagged('{"é":1}', 'W/"1"');
    expect(await getText(server.url, { ...limits(), headers: { authorization: 'Bearer x' } })).toEqual({
      text: '{"é":1}',
      etag: 'W/"1"',
    });
    expect(server.requests[0]!.headers['authorization']).toBe('Bearer x');
  });

  it.each(['', 'unquoted', '"a"b"', `"${'a'.repeat(20)}`])('drops an invalid ETag: %s', async (etag) => {
    server.answer = body('text', { etag });
    expect(await getText(server.url, limits())).toEqual({ text: 'text', etag: undefined });
  });

  it('accepts exactly as many bytes as allowed', async () => {
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

  it('repeats the request if the server closes an idle connection', async () => {
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

  it('sends two requests at most if the connection breaks each time', async () => {
    server.answer = (request) => void request.socket.resetAndDestroy();
    await expect(getText(server.url, limits())).rejects.toThrow('ECONNRESET');
    expect(server.requests).toHaveLength(2);
  });

  it('does not repeat the request once a response has begun', async () => {
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
    ['304 to a request without an ETag', status(304), 'answered 304'],
    ['partial content', body('{"roles"', {}, 206), 'answered 206'],
    ['invalid UTF-8', body(Buffer.from([0x7b, 0xff, 0x7d])), 'utf-8'],
    ['half a body', cutOff, 'UND_ERR_SOCKET'],
    ['a broken connection', (_: unknown, response: { destroy(): void }) => response.destroy(), 'UND_ERR_SOCKET'],
  ])('rejects a response with %s', async (_name, answer, message) => {
    server.answer = answer;
    await expect(getText(server.url, limits())).rejects.toThrow(message);
    expect(server.requests.map(({ path }) => path)).toEqual(['/']);
  });

  it.each([
    ['hangs', hanging],
    ['sends slowly', dripping],
  ])('is aborted by its signal if the server %s', async (_name, answer) => {
    server.answer = answer;
    await expect(getText(server.url, limits(100, 1_000_000))).rejects.toThrow('timeout');
    const ended = new AbortController();
    const pending = getText(server.url, { signal: ended.signal, maxBytes: 1_000_000 });
    await server.asked(2);
    ended.abort(new Error('the application stops'));
    await expect(pending).rejects.toThrow('the application stops');
  });

  it('reports a refused connection', async () => {
    const { url } = server;
    await server.stop();
    await expect(getText(url, limits())).rejects.toThrow('ECONNREFUSED');
    server = await LoopbackServer.start();
  });
});

describe('getTextIfChanged', () => {
  it('sends the ETag and returns "unchanged" for status 304', async () => {
    server.answer = tagged('text', '"1"');
    expect(await getTextIfChanged(server.url, limits(), undefined)).toEqual({ text: 'text', etag: '"1"' });
    expect(await getTextIfChanged(server.url, limits(), '"1"')).toBe('unchanged');
    expect(await getTextIfChanged(server.url, limits(), '"2"')).toEqual({ text: 'text', etag: '"1"' });
  });

  it('overrides a condition in the headers', async () => {
    await getTextIfChanged(server.url, { ...limits(), headers: { 'if-none-match': '*' } }, '"1"');
    expect(server.requests[0]!.headers['if-none-match']).toBe('"1"');
  });

  it.each(['', '1', '"1', '"1"\r\nx: y', '"\u{1f600}"'])('does not send an invalid ETag: %j', async (etag) => {
    await getTextIfChanged(server.url, limits(), etag);
    expect(server.requests[0]!.headers['if-none-match']).toBeUndefined();
  });

  it('rejects any other status', async () => {
    server.answer = status(412);
    await expect(getTextIfChanged(server.url, limits(), '"1"')).rejects.toThrow('answered 412');
  });
});
