import { mkdirSync } from 'node:fs';
import { Controller, Get, Header, type INestApplication } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection, type OnGatewayDisconnect } from '@nestjs/websockets';
import { WsAdapter } from '@nestjs/platform-ws';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { WebSocket } from 'ws';
import { Authz, AuthzModule, Public, RequirePermissions, Revocations } from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { guardedWebSockets } from '../../../lib/transports/websockets/index.js';
import { livePage } from '../../../sample-app/src/orders/live-page.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { nowSeconds } from '../../tokens/now-seconds.js';
import { TABLE_OPTIONS } from './behaviour-table.js';

@Controller('live')
class Live {
  @Get()
  @Public()
  @Header('content-type', 'text/html; charset=utf-8')
  show(): string {
    return livePage;
  }
}

@WebSocketGateway({ path: '/live/orders' })
@RequirePermissions('orders:read')
class LiveOrders implements OnGatewayConnection<WebSocket>, OnGatewayDisconnect<WebSocket> {
  static readonly clients = new Set<WebSocket>();
  constructor(private readonly authz: Authz) {}

  handleConnection(client: WebSocket): void {
    LiveOrders.clients.add(client);
    const orders = [order(1001, 'tea'), { ...order(1002, 'pot'), status: 'cancelled' }];
    client.send(JSON.stringify({ event: 'orders', data: { you: this.authz.principal()?.subject, orders } }));
  }

  handleDisconnect(client: WebSocket): void {
    LiveOrders.clients.delete(client);
  }
}

function order(id: number, sku: string) {
  return { id, sku, quantity: 2, orderedBy: '<b>carl</b>', status: 'open' };
}

describeWhereInstalled('chromium')('the live page of the sample, in a browser', () => {
  let app: AuthzTestApp;
  let browser: Browser;
  beforeAll(async () => {
    const module = { controllers: [Live], providers: [LiveOrders], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] };
    const configure = (nest: INestApplication) => nest.useWebSocketAdapter(guardedWebSockets(nest, new WsAdapter(nest)));
    [app, browser] = await Promise.all([
      startAuthzApp(module, { configure }),
      chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] }),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  const opened = async (role: string, claims: object = {}): Promise<Page> => {
    const token = app.token({ roles: [role], sub: 'carl', iat: nowSeconds() - 5, ...claims });
    const page = await browser.newPage({ viewport: { width: 720, height: 420 } });
    await page.goto(`${await app.app.getUrl()}/live#token=${token}`);
    return page;
  };
  const state = (page: Page) => page.locator('#state');
  const says = (page: Page, text: string) => page.getByText(text).waitFor();
  const seen = async (page: Page, name: string) => {
    mkdirSync('coverage/pictures', { recursive: true });
    await page.screenshot({ path: `coverage/pictures/${name}.png` });
  };

  it('shows orders as they come, and the token is gone from its address', async () => {
    const page = await opened('viewer');
    await says(page, 'live for carl');
    for (const client of LiveOrders.clients) client.send(JSON.stringify({ event: 'order', data: order(1003, 'kettle') }));
    await says(page, 'kettle');
    expect(await page.locator('tbody tr').allInnerTexts()).toEqual([
      expect.stringContaining('1003'),
      expect.stringContaining('1002'),
      expect.stringContaining('1001'),
    ]);
    // What others wrote is text.
    expect(await page.locator('tbody tr').first().innerText()).toContain('<b>carl</b>');
    expect(page.url()).not.toContain('token');
    await seen(page, 'live');
    await page.close();
  });

  it('is cut off, and says why, when the session is ended', async () => {
    const page = await opened('viewer', { sub: 'carl' });
    await says(page, 'live for carl');
    await app.app.get(Revocations).revoke({ kind: 'subject', value: 'carl' });
    await says(page, 'Your session has ended. Log in again to go on. (4401 invalid_token)');
    expect(await state(page).innerText()).toBe('cut off');
    await seen(page, 'cut-off');
    await page.close();
    await app.app.get(Revocations).restore({ kind: 'subject', value: 'carl' });
  });

  it('is cut off when the token expires', async () => {
    const page = await opened('viewer', { exp: nowSeconds() + 2 });
    await says(page, 'Your session has ended. Log in again to go on. (4401 invalid_token)');
    await page.close();
  });

  it('tells callers who may not see orders', async () => {
    const page = await opened('stranger');
    await says(page, 'You may not see orders. (4403 insufficient_scope)');
    expect(await page.locator('tbody tr').count()).toBe(0);
    await seen(page, 'forbidden');
    await page.close();
  });
});
