import { getJson } from '../../../../lib/network/http-client/index.js';
import { body, hanging, LoopbackServer, status } from '../../../servers/loopback-server.js';

let server: LoopbackServer;
beforeAll(async () => {
  server = await LoopbackServer.start();
});
afterAll(() => server.stop());

describe('getJson', () => {
  it('gives the value', async () => {
    server.answer = body('{"keys":[]}');
    expect(await getJson(server.url)).toEqual({ keys: [] });
  });

  it.each([
    ['no JSON', body('<html>'), 'answered no JSON'],
    ['nothing', body(''), 'answered no JSON'],
    ['404', status(404), 'answered 404'],
    ['more than 1 MiB', body(`"${'x'.repeat(1024 * 1024)}"`), 'answered more than 1048576 bytes'],
  ])('names the URL where the server answers %s', async (_name, answer, message) => {
    server.answer = answer;
    await expect(getJson(`${server.url}/keys`)).rejects.toThrow(`GET ${server.url}/keys: ${message}`);
  });

  it('says how long it waited', async () => {
    server.answer = hanging;
    await expect(getJson(server.url, AbortSignal.timeout(50))).rejects.toThrow('no complete answer within 5000 ms');
  });
});
