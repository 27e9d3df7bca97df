import { mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvHttpProxyAgent, fetch as undiciFetch, ProxyAgent } from 'undici';
import { keySource } from '../../../../lib/authentication/index.js';
import { parseKeyRequests, type KeyRequestOptions } from '../../../../lib/authentication/keys/key-requests.js';
import { newSigningKey } from '../../../../lib/testing/jwt.js';
import { body, hanging, LoopbackServer, status, type Answer } from '../../../servers/loopback-server.js';

const SECRET = 'super-secret-token';
const SET = JSON.stringify({ keys: [newSigningKey('k1', 'ES256').jwk] });

let home: LoopbackServer;
let elsewhere: LoopbackServer;
let folder: string;
beforeAll(async () => {
  [home, elsewhere] = await Promise.all([LoopbackServer.start(), LoopbackServer.start()]);
  folder = await mkdtemp(join(tmpdir(), 'key-requests-'));
});
afterAll(async () => {
  await Promise.all([home.stop(), elsewhere.stop(), rm(folder, { recursive: true })]);
});
beforeEach(() => {
  home.requests.length = elsewhere.requests.length = 0;
  home.answer = behindLogin;
  elsewhere.answer = body(SET);
});

/** Behaves like the API server of Kubernetes: requests without a token get 401. */
const behindLogin: Answer = (request, response) => {
  const isDiscovery = request.url === '/.well-known/openid-configuration';
  const document = isDiscovery ? JSON.stringify({ issuer: home.url, jwks_uri: `${home.url}/openid/v1/jwks` }) : SET;
  const isKnown = request.headers.authorization === `Bearer ${SECRET}`;
  (isKnown ? body(document) : status(401))(request, response);
};

const source = (keyRequests: KeyRequestOptions | undefined, jwksUri: string | undefined = `${home.url}/jwks`) =>
  keySource({
    issuer: home.url,
    jwksUri,
    jwks: undefined,
    jwksFile: undefined,
    allowHttp: false,
    keyRequests: keyRequests && parseKeyRequests(keyRequests, 'issuer.keyRequests'),
  });
const discovered = (keyRequests: KeyRequestOptions) =>
  keySource({ issuer: home.url, jwksUri: undefined, jwks: undefined, jwksFile: undefined, allowHttp: false, keyRequests });
const failure = async (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => `${(error as Error).message} ${String((error as Error).cause)}`,
  );
const kids = async (from: ReturnType<typeof source>) => (await from.fetch()).keys.map(({ kid }) => kid);
const bearer = { authorization: `Bearer ${SECRET}` };

describe('keys behind a login', () => {
  it.each<[string, KeyRequestOptions]>([
    ['headers', { headers: bearer }],
    ['headers of each request', { headers: () => bearer }],
    ['headers that take their time', { headers: () => Promise.resolve(bearer) }],
  ])('are fetched with %s, after discovery as well', async (_how, keyRequests) => {
    expect(await kids(source(keyRequests))).toEqual(['k1']);
    expect(await kids(discovered(keyRequests))).toEqual(['k1']);
    expect(home.requests.map(({ path }) => path)).toEqual(['/jwks', '/.well-known/openid-configuration', '/openid/v1/jwks']);
    expect(await failure(source(undefined).fetch())).toContain('answered 401');
  });

  it('are fetched with the token of a file, also after its replacement as in Kubernetes', async () => {
    const [first, second, link] = ['first', 'second', 'token'].map((name) => join(folder, name)) as [string, string, string];
    await writeFile(first, 'old-token');
    await writeFile(second, `${SECRET}\n`);
    await symlink(first, link);
    const keys = source({ tokenFile: link });
    expect(await failure(keys.fetch())).toContain('answered 401');
    await unlink(link);
    await symlink(second, link);
    expect(await kids(keys)).toEqual(['k1']);
    await unlink(link);
    expect(await failure(keys.fetch())).toMatch(/"keyRequests.tokenFile" ".*token": ENOENT/);
  });

  it.each([
    ['is empty', ' \n', 'it is empty'],
    ['holds more than a token', `${SECRET} ${SECRET}`, 'characters that no token has'],
    ['holds lines', `${SECRET}\r\nx: y`, 'characters that no token has'],
    ['holds no text', '\u0000\u00ff', 'characters that no token has'],
  ])('are not requested with a file that %s, and its content is not shown', async (_what, text, message) => {
    const tokenFile = join(folder, 'bad');
    await writeFile(tokenFile, text);
    const said = await failure(source({ tokenFile }).fetch());
    expect(said).toContain(message);
    expect(said).not.toContain(SECRET);
    expect(home.requests).toEqual([]);
  });

  it.each([301, 302, 307, 308])('send nothing to where they are redirected (%d)', async (code) => {
    home.answer = status(code, { location: `${elsewhere.url}/jwks` });
    expect(await failure(source({ headers: bearer }).fetch())).toContain(`answered ${code}`);
    expect(await failure(source({ headers: bearer, fetch: fetch }).fetch())).toContain(`answered ${code}`);
    expect(elsewhere.requests).toEqual([]);
  });

  it('send nothing to another host that the discovery document names', async () => {
    home.answer = body(JSON.stringify({ issuer: home.url, jwks_uri: `${elsewhere.url}/jwks` }));
    expect(await kids(discovered({ headers: { ...bearer, 'x-other': SECRET } }))).toEqual(['k1']);
    expect(home.requests[0]?.headers).toMatchObject({ ...bearer, 'x-other': SECRET });
    expect(JSON.stringify(elsewhere.requests)).not.toContain(SECRET);
    elsewhere.answer = status(403);
    expect(await failure(discovered({ headers: bearer }).fetch())).toContain(`are sent to ${home.url} only`);
  });

  it('go to the host of "jwksUri" if it is set', async () => {
    expect(await kids(source({ headers: bearer }, `${elsewhere.url}/jwks`))).toEqual(['k1']);
    expect(elsewhere.requests[0]?.headers).toMatchObject(bearer);
  });

  it('are reported without the token, whatever the failure', async () => {
    const quoting = () => Promise.reject(new Error(`cannot send authorization: Bearer ${SECRET}`));
    for (const keyRequests of [
      { headers: { authorization: `Bearer ${SECRET}\n\nx` } },
      { headers: () => ({ authorization: `Bearer ${SECRET}\u2028` }) },
      { headers: () => 'Bearer ' + SECRET },
      { headers: bearer, fetch: quoting },
    ] as unknown as KeyRequestOptions[]) {
      const said = await failure(source(keyRequests).fetch());
      expect(said).not.toBe('none');
      expect(said.split(' Error: ')[0]).not.toContain(SECRET);
    }
  });

  it('are given up if a function of the application does not finish', async () => {
    home.answer = hanging;
    const never = () => new Promise<never>(() => undefined);
    const said = await Promise.all(
      [{ headers: never }, { fetch: never }, { fetch: fetch as never }].map((each) => failure(source(each).fetch())),
    );
    expect(said[0]).toContain('"keyRequests" did not finish in time');
    expect(said[1]).toContain('"keyRequests" did not finish in time');
    expect(said[2]).toContain('no complete response within 5000 ms');
  });
});

describe('keys behind a proxy', () => {
  let proxy: Server;
  let url: string;
  const asked: string[] = [];
  beforeAll(async () => {
    proxy = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(502).end();
    });
    proxy.on('connect', (request, socket) => {
      const to = request.url ?? '';
      asked.push(to);
      const [host, port] = to.split(':') as [string, string];
      const target = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      for (const end of [socket, target]) end.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  beforeEach(() => (asked.length = 0));
  const hostOf = (server: LoopbackServer) => new URL(server.url).host;

  it('are fetched with the application’s own fetch', async () => {
    const dispatcher = new ProxyAgent(url);
    const through: KeyRequestOptions['fetch'] = (to, init) => undiciFetch(to, { ...init, dispatcher });
    expect(await kids(discovered({ headers: bearer, fetch: through }))).toEqual(['k1']);
    expect(asked).toContain(hostOf(home));
    await dispatcher.destroy();
  });

  it('are fetched through the proxy of the environment, except for its exceptions', async () => {
    const dispatcher = new EnvHttpProxyAgent({ httpProxy: url, httpsProxy: url, noProxy: hostOf(elsewhere) });
    const through: KeyRequestOptions['fetch'] = (to, init) => undiciFetch(to, { ...init, dispatcher });
    expect(await kids(source({ headers: bearer, fetch: through }))).toEqual(['k1']);
    expect(await kids(source({ fetch: through }, `${elsewhere.url}/jwks`))).toEqual(['k1']);
    expect(asked).toEqual([hostOf(home)]);
    await dispatcher.destroy();
  });
});

describe('the option "keyRequests"', () => {
  it.each<[unknown, RegExp]>([
    [null, /"issuer.keyRequests" must be an object/],
    [`Bearer ${SECRET}`, /"issuer.keyRequests" must be an object .*, got a string\./],
    [{ header: {} }, /has no option "header"/],
    [{ headers: 'authorization' }, /"issuer.keyRequests.headers" must be an object/],
    [{ tokenFile: '' }, /"issuer.keyRequests.tokenFile" must be the path/],
    [{ tokenFile: 7 }, /"issuer.keyRequests.tokenFile" must be the path/],
    [{ fetch: 'proxy' }, /"issuer.keyRequests.fetch" must be a function/],
    [{ tokenFile: '/token', headers: { Authorization: SECRET } }, /Write one of them/],
  ])('refuses %j, without a secret', (value, message) => {
    const parse = () => parseKeyRequests(value, 'issuer.keyRequests');
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(SECRET);
  });
});
