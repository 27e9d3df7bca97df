import { getJson } from '../../../../lib/network/http-client/index.js';
import { body, hanging, LoopbackServer, status } from '../../../servers/loopback-server.js';

let server: LoopbackServer;
beforeAll(async () => {
  server = await LoopbackServer.start();
});
afterAll(() => server.stop());

describe('getJson', () => {
  it('returns the value', async () => {
    server.answer = body('{"keys":[]}');
    expect(await getJson(server.url)).toEqual({ keys: [] });
  });

  it.each([
    ['no JSON', body('<html>'), 'the response is not JSON'],
    ['nothing', body(''), 'the response is not JSON'],
    ['404', status(404), 'answered 404'],
    ['more than 1 MiB', body(`"${'x'.repeat(1024 * 1024)}"`), 'answered more than 1048576 bytes'],
  ])('names the URL if the server responds with %s', async (_name, answer, message) => {
    server.answer = answer;
    await expect(getJson(`${server.url}/keys`)).rejects.toThrow(`GET ${server.url}/keys: ${message}`);
  });

  it('names the deadline', async () => {
    server.answer = hanging;
    await expect(getJson(server.url, AbortSignal.timeout(50))).rejects.toThrow('no complete response within 5000 ms');
  });
});
