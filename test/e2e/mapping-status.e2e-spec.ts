import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get } from '@nestjs/common';
import { Authz, Public, RequirePermissions, RequireRoles, type MappingEvent } from '../../lib/index.js';
import { remoteMapping, type MappingTransport } from '../../lib/ports/mapping-source/index.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters } from './on-both-adapters.js';

@Controller()
class Orders {
  @Get('read') @RequirePermissions('orders:read') read() {
    return 'in';
  }
  @Get('typo') @RequirePermissions('orders:raed') typo() {
    return 'in';
  }
  @Get('role') @RequireRoles('viewer') role() {
    return 'in';
  }
  @Get('public') @Public() public() {
    return 'in';
  }
}

/** An authority on the loopback that is down until a test sets its document. */
class Authority {
  private text: string | undefined;
  private readonly server: Server;
  private readonly listeners = new Set<() => void>();

  private constructor() {
    this.server = createServer((_, response) => {
      if (this.text === undefined) response.socket?.destroy();
      else response.end(this.text);
    });
  }

  static async start(): Promise<Authority> {
    const authority = new Authority();
    await new Promise<void>((resolve) => authority.server.listen(0, '127.0.0.1', resolve));
    return authority;
  }

  get transport(): MappingTransport {
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/mapping`;
    return {
      name: url,
      fetch: async (_version, signal) => ({ text: await (await fetch(url, { signal })).text() }),
      listen: (changed) => {
        this.listeners.add(changed);
        return () => this.listeners.delete(changed);
      },
    };
  }

  /** Sets the document; with `undefined`, the authority is down. */
  say(document: object | undefined): void {
    this.text = document && JSON.stringify(document);
    for (const changed of this.listeners) changed();
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

const documentOf = (revision: string, ...permissions: string[]) => ({
  revision,
  roles: { viewer: permissions },
  permissions: { 'orders:read': 'See orders', 'orders:create': 'Create orders' },
});

onBothAdapters(({ start, closeLater }) => {
  it('a service starts without its authority, responds with 503 if permissions are needed, and works once the mapping is loaded', async () => {
    const log = new CapturedLog();
    const authority = closeLater(await Authority.start());
    const app = await start(Orders, { mapping: remoteMapping(authority.transport) }, log.here);
    const authz = app.app.get(Authz);

    expect(log.matching(/^LOG Guarding 4 routes /)[0]).toMatch(
      /no mapping loaded from http:\S+ yet: requests that need permissions get 503 until one is/,
    );
    expect(log.matching(/^ERROR There is no mapping yet\. http:\S+: /)).toHaveLength(1);
    expect(authz.diagnostics().mapping).toMatchObject({ ready: false, fresh: false, revision: undefined });
    const refused = await app.as('viewer').get('/read').expect(503);
    expect(refused.headers['retry-after']).toBe('5');
    expect(refused.body).toEqual({ statusCode: 503, error: 'temporarily_unavailable', message: expect.any(String) });
    expect(log.matching(/WARN Refused Orders\.read: mapping_unavailable/)).toHaveLength(1);
    await app.anonymous().get('/read').expect(401);
    await app.anonymous().get('/public').expect(200);
    await app.as('viewer').get('/role').expect(200);
    await app.as('clerk').get('/role').expect(403);

    authority.say(documentOf('r1', 'orders:read'));
    await log.line(/^LOG The mapping from http:\S+ \(network\) is now revision r1/);
    await app.as('viewer').get('/read').expect(200);
    await app.as('clerk').get('/read').expect(403);
    expect(authz.diagnostics().mapping).toMatchObject({ ready: true, fresh: true, revision: 'r1', origin: 'network' });
    expect(await log.line(/orders:raed/)).toContain(
      `WARN "orders:raed", required by Orders.typo, is not listed in the mapping's permissions. Did you mean "orders:read"?`,
    );
    authority.say(documentOf('r2', 'orders:read'));
    await log.line(/is now revision r2/);
    expect(log.matching(/orders:raed/)).toHaveLength(1);
  });

  it('a listener gets the events of the mapping until it unsubscribes', async () => {
    const log = new CapturedLog();
    const authority = closeLater(await Authority.start());
    authority.say(documentOf('r1', 'orders:read'));
    const app = await start(Orders, { mapping: remoteMapping(authority.transport) }, log.here);
    const events: MappingEvent[] = [];
    const end = app.app.get(Authz).onMappingEvent((event) => events.push(event));

    authority.say(documentOf('r2'));
    await log.line(/is now revision r2/);
    authority.say({ revision: 'r3', roles: { viewer: ['ord*'] } });
    await log.line(/The mapping stays at revision r2\. The mapping from http:\S+ cannot be used/);
    expect(app.app.get(Authz).diagnostics().mapping).toMatchObject({ ready: true, revision: 'r2' });
    expect(app.app.get(Authz).diagnostics().mapping?.lastError?.message).toContain('roles.viewer[0]');
    authority.say(documentOf('r4', 'orders:read'));
    await log.line(/is reachable again; the mapping is revision r4/);
    expect(events.map((event) => [event.kind, 'revision' in event && event.revision])).toEqual([
      ['changed', 'r2'],
      ['refused', 'r2'],
      ['changed', 'r4'],
      ['recovered', 'r4'],
    ]);

    end();
    authority.say(documentOf('r5'));
    await log.line(/is now revision r5/);
    expect(events).toHaveLength(4);
  });

  it("with an application's own provider there is no status and no event", async () => {
    const app = await start(Orders, { mapping: { provider: { permissionsFor: () => ['orders:read'] } } });
    const authz = app.app.get(Authz);
    expect(authz.diagnostics().mapping).toBeUndefined();
    const end = authz.onMappingEvent(() => undefined);
    await app.as('viewer').get('/read').expect(200);
    expect(() => end()).not.toThrow();
  });
});
