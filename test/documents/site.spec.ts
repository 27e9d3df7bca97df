import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { describeWhereInstalled } from '../servers/installed.js';
import { LoopbackServer } from '../servers/loopback-server.js';
import { Document, PUBLISHED } from './documents.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.ts': 'text/plain',
};
const SCREENS = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const pathOf = (document: string) => `/${document.replace('README.md', 'index.md').replace(/\.md$/, '.html')}`;

describeWhereInstalled('chromium')('the documentation site', () => {
  let server: LoopbackServer;
  let browser: Browser;

  beforeAll(async () => {
    execFileSync('npm', ['run', 'docs'], { stdio: 'pipe' });
    server = await LoopbackServer.start(({ url = '/' }, response) => {
      const path = new URL(url, 'http://site').pathname;
      const file = join('site', path.endsWith('/') ? `${path}index.html` : path);
      if (!existsSync(file)) return void response.writeHead(404).end();
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
    });
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  }, 600_000);

  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  /** Opens a page and collects the addresses that could not be loaded, and errors of its scripts. */
  async function open(
    screen: keyof typeof SCREENS,
    path: string,
  ): Promise<{ readonly page: Page; readonly faults: readonly string[] }> {
    const page = await browser.newPage({ viewport: SCREENS[screen], isMobile: screen === 'phone' });
    const faults: string[] = [];
    page.on('response', (response) => response.status() >= 400 && faults.push(`${response.status()} ${response.url()}`));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => request.url().startsWith(server.url) || faults.push(`asks another host: ${request.url()}`));
    await page.goto(server.url + path);
    await page.locator('h1').first().waitFor();
    return { page, faults };
  }

  it.each(Object.keys(SCREENS) as (keyof typeof SCREENS)[])(
    'shows each document on a %s, no wider than the screen',
    async (screen) => {
      const found: string[] = [];
      for (const document of PUBLISHED) {
        const { page, faults } = await open(screen, pathOf(document));
        const title = /^# (.+)$/m.exec(Document.read(document).content)![1]!.replace(/[`*]/g, '');
        const heading = (await page.locator('h1').first().innerText()).replace(/\u200b/g, '').trim();
        const isTooWide = await page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth');
        if (heading !== title) found.push(`${document}: the heading is "${heading}"`);
        if (isTooWide) found.push(`${document}: wider than the screen`);
        found.push(...faults.map((fault) => `${document}: ${fault}`));
        await page.close();
      }
      expect(found).toEqual([]);
    },
    300_000,
  );

  it('finds a page by a word in it, without another server', async () => {
    const { page, faults } = await open('desktop', '/');
    await page.getByRole('button', { name: 'Search' }).first().click();
    await page.getByRole('searchbox').or(page.locator('#localsearch-input')).first().fill('legacyIssuer');
    const results = page.locator('.VPLocalSearchBox .result');
    await results.first().waitFor();
    expect(await results.allInnerTexts()).toEqual(expect.arrayContaining([expect.stringMatching(/authentication/i)]));
    expect(faults).toEqual([]);
    await page.close();
  });

  it('has a reference page for a public name that says where the name is used', async () => {
    const { page, faults } = await open('desktop', '/docs/api/nestjs-authz/functions/RequirePermissions.html');
    await page.getByRole('link', { name: 'GraphQL', exact: true }).last().click();
    await page.waitForURL('**/docs/graphql.html');
    expect(faults).toEqual([]);
    await page.close();
  });
});
