import { text } from 'node:stream/consumers';
import { postText } from '../../../../lib/network/http-client/index.js';
import { body, huge, LoopbackServer, status } from '../../../servers/loopback-server.js';

describe('postText', () => {
  let server: LoopbackServer;
  beforeAll(async () => {
    server = await LoopbackServer.start();
  });
  afterAll(() => server.stop());
  const post = (request: Partial<Parameters<typeof postText>[2]> = {}) =>
    postText(server.url, '{"ä":1}', { signal: AbortSignal.timeout(5000), maxBytes: 100_000, ...request });

  it('sends a body with its headers, and returns the text of the response', async () => {
    let sent: unknown;
    server.answer = (request, response) =>
      void text(request).then((came) => {
        sent = [request.method, request.headers['content-type'], came];
        response.end('ö');
      });
    expect(await post({ headers: { 'content-type': 'application/json' } })).toEqual({ status: 200, text: 'ö' });
    expect(sent).toEqual(['POST', 'application/json', '{"ä":1}']);
  });

  it.each([
    ['too large', huge(1_000_000), 'answered more than 100000 bytes'],
    ['not UTF-8', body(Buffer.from([0xc3, 0x28])), 'not valid'],
  ])('rejects a response that is %s', async (_, answer, message) => {
    server.answer = answer;
    await expect(post()).rejects.toThrow(message);
  });

  it.each([
    ['a refusal', status(401), 401],
    ['a redirect, which is not followed', status(307, { location: '/elsewhere' }), 307],
    ['empty', status(204), 204],
  ])('returns a response that is %s', async (_, answer, code) => {
    server.answer = answer;
    expect(await post()).toEqual({ status: code, text: '' });
  });

  it('is aborted by its signal', async () => {
    server.answer = () => undefined;
    await expect(post({ signal: AbortSignal.timeout(50) })).rejects.toThrow('timeout');
  });
});
