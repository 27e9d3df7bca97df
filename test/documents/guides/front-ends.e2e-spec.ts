import { readFile } from 'node:fs/promises';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { chromium, type Browser, type Page } from 'playwright-core';
import { StubIssuer, type StubTokenClaims } from '../../../lib/testing/index.js';
import { temporaryFolder } from '../../files/temporary-folder.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { stopAtTheEnd } from '../../servers/stop-at-the-end.js';
import { nowSeconds } from '../../tokens/now-seconds.js';
import { until } from '../../waiting/until.js';
import { Guide, type RunningGuide } from '../guide.js';
import { ownCertificate } from './own-authority.js';

const AUDIENCE = 'https://orders.acme.com';
const PAGE = 'https://app.acme.com';
const guide = Guide.read('front-ends');

describe('the guide to front ends', () => {
  const folder = temporaryFolder();
  let issuer: StubIssuer;
  let service: RunningGuide;
  const token = (role: string, claims: StubTokenClaims = {}) =>
    issuer.token({ aud: AUDIENCE, roles: [role], auth_time: nowSeconds(), ...claims });

  beforeAll(async () => {
    issuer = await StubIssuer.start();
    // Without the tolerance, a token ends within the time of a test.
    const project = await guide.project({
      'https://id.acme.com': issuer.url,
      'tokenFrom:': 'clockToleranceSeconds: 0, tokenFrom:',
    });
    service = await project.start();
  });
  afterAll(async () => {
    await service.stop();
    await issuer.stop();
  });

  describe('the service', () => {
    const send = (method: string, path: string, headers: Record<string, string> = {}) =>
      fetch(service.url + path, { method, headers });
    const cookieOf = (role: string) => ({ cookie: `__Host-session=${token(role)}` });

    it('exchanges the token of a page for a cookie, and deletes the cookie', async () => {
      const bearer = token('clerk');
      const started = await send('POST', '/session', { authorization: `Bearer ${bearer}` });
      expect(started.status).toBe(204);
      expect(started.headers.get('set-cookie')).toMatch(
        new RegExp(`^__Host-session=${bearer}; Path=/; Expires=.* GMT; HttpOnly; Secure; SameSite=Lax$`),
      );
      expect((await send('POST', '/session')).status).toBe(401);
      const ended = await send('DELETE', '/session', cookieOf('clerk'));
      expect([ended.status, ended.headers.get('set-cookie')]).toEqual([204, expect.stringContaining('Expires=Thu, 01 Jan 1970')]);
    });

    it.each([
      ['clerk', { 'orders:delete': true, 'orders:refund': true }],
      ['viewer', { 'orders:delete': false, 'orders:refund': false }],
    ])('tells the page which buttons a %s may press', async (role, buttons) => {
      const response = await send('GET', '/me/permissions', cookieOf(role));
      expect(response.headers.get('cache-control')).toBe('private, no-store');
      expect(await response.json()).toEqual(buttons);
    });

    it('reads the cookie for changes from the listed page only', async () => {
      const statuses = [];
      for (const origin of [PAGE, 'https://evil.example'])
        statuses.push((await send('DELETE', '/orders/1', { ...cookieOf('clerk'), origin })).status);
      expect(statuses).toEqual([200, 401]);
      expect((await send('GET', '/orders/export', { ...cookieOf('clerk'), 'sec-fetch-site': 'cross-site' })).status).toBe(200);
    });

    it('refuses a token in the header beside one in the cookie', async () => {
      const both = { ...cookieOf('clerk'), authorization: `Bearer ${token('clerk')}` };
      expect((await send('GET', '/me/permissions', both)).status).toBe(400);
    });

    it('accepts a preflight without a token, and lets only the listed page read the challenge', async () => {
      const preflight = await send('OPTIONS', '/orders/1', { origin: PAGE, 'access-control-request-method': 'DELETE' });
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, PAGE]);
      const refused = await send('GET', '/me/permissions', { origin: PAGE });
      expect([refused.status, refused.headers.get('access-control-expose-headers')]).toEqual([
        401,
        'WWW-Authenticate,Retry-After',
      ]);
      const other = await send('GET', '/me/permissions', { origin: 'https://evil.example' });
      expect(other.headers.get('access-control-allow-origin')).toBeNull();
    });
  });

  describeWhereInstalled('chromium')('the page', () => {
    let browser: Browser;
    let page: Page;
    /** What the page asked of the login, and the tokens that the login returns. */
    const logins: unknown[] = [];
    let next: () => string = () => token('clerk');

    beforeAll(async () => {
      const port = await startTlsProxy(folder, Number(new URL(service.url).port));
      browser = await chromium.launch({
        executablePath: '/usr/bin/chromium',
        args: [
          ...['--no-sandbox', '--no-proxy-server', '--ignore-certificate-errors'],
          `--host-resolver-rules=MAP orders.acme.com 127.0.0.1:${port}`,
          '--disable-features=LocalNetworkAccessChecks', // the service is public in the guide, and on loopback here
        ],
      });
    });
    beforeEach(async () => {
      logins.length = 0;
      next = () => token('clerk');
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      await context.route(`${PAGE}/`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><body>' }));
      const script = guide.file('page/service.js');
      await context.route(`${PAGE}/service.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
      await context.exposeFunction('logIn', (wanted: unknown) => {
        logins.push(wanted);
        return next();
      });
      page = await context.newPage();
      await page.goto(`${PAGE}/`);
    });
    afterEach(async () => {
      await page.context().close();
    });
    afterAll(async () => {
      await browser.close();
    });

    /** Runs code in the page, with the functions of the guide's page. @param code A body of an async function. */
    const inPage = (code: string): Promise<unknown> =>
      page.evaluate(`(async () => { const { startSession, call, listen, connect } = await import('/service.js'); ${code} })()`);
    const status = (path: string, method: string) =>
      inPage(`return (await call('${path}', { method: '${method}' }, logIn)).status;`);

    it('logs in once without a session, and shows the buttons', async () => {
      const code = guide.block("await call('/me/permissions'").content.split('; //');
      expect(await inPage(`return ${code[0]!}`)).toEqual({ 'orders:delete': true, 'orders:refund': true });
      expect(code[1]!.trim()).toBe("{ 'orders:delete': true, 'orders:refund': true }");
      expect(await status('/orders/1', 'DELETE')).toBe(200);
      expect(logins).toEqual([{}]);
    });

    it('does not log in again after a 403', async () => {
      await inPage(`await startSession('${token('viewer')}');`);
      expect(await status('/orders/1', 'DELETE')).toBe(403);
      expect(logins).toEqual([]);
    });

    it('logs in again as recently as the service asks for', async () => {
      await inPage(`await startSession('${token('clerk', { auth_time: nowSeconds() - 3600 })}');`);
      expect(await status('/orders/1/refund', 'POST')).toBe(201);
      expect(logins).toEqual([{ acr_values: undefined, max_age: '300' }]);
    });

    it('receives events, and renews the session when they end with the token', async () => {
      await inPage(`await startSession('${token('clerk', { exp: nowSeconds() + 10 })}');
        window.received = []; listen('/orders/events', (data) => window.received.push(data), logIn);`);
      const received = () => page.evaluate('window.received');
      await until(async () => ((await received()) as unknown[]).length > 0);
      expect(logins).toEqual([]);
      await until(() => logins.length > 0);
      await page.evaluate('window.received.length = 0');
      await until(async () => ((await received()) as unknown[]).length > 0);
      expect(logins).toEqual([{}]);
    });

    it('downloads a file through a link', async () => {
      await inPage(`await startSession('${token('clerk')}');
        document.body.innerHTML = '<a href="https://orders.acme.com/orders/export">Export</a>';`);
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('a')]);
      expect(download.suggestedFilename()).toBe('orders.csv');
      expect(await readFile(await download.path(), 'utf8')).toBe('id\n1001\n');
    });

    it.each([
      ['clerk', 'authenticated'],
      ['nobody', 4403],
    ])('opens a socket with the token of a %s: %s', async (role, outcome) => {
      const result = await inPage(`return new Promise((resolve) => {
        const socket = connect('/live', '${token(role)}');
        socket.onmessage = ({ data }) => resolve(JSON.parse(data).event);
        socket.onclose = ({ code }) => resolve(code);
      });`);
      expect(result).toBe(outcome);
    });
  });
});

/** Terminates TLS before a service. @returns Its port. */
async function startTlsProxy(folder: string, target: number): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer(ownCertificate(folder), (socket) => {
    const service = connect(target, '127.0.0.1');
    for (const end of [socket, service]) sockets.add(end.on('error', () => end.destroy()));
    socket.pipe(service).pipe(socket);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  stopAtTheEnd({
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return (server.address() as AddressInfo).port;
}
