import { Controller, Get } from '@nestjs/common';
import {
  Authenticated,
  Authz,
  AuthzMode,
  fileMapping,
  Public,
  RequireAuthContext,
  RequirePermissions,
  RequireRoles,
  RequireScopes,
} from '../../lib/index.js';
import { remoteMapping } from '../../lib/ports/mapping-source/index.js';
import type { AuthzTestApp } from '../../lib/testing/index.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters } from './on-both-adapters.js';

@Controller('orders')
class Orders {
  @Get() @RequirePermissions('orders:read') list() {
    return 'in';
  }
  @Get('create') @RequirePermissions('orders:create') create() {
    return 'in';
  }
  @Get('enforced') @AuthzMode('enforce') @RequirePermissions('orders:delete') enforced() {
    return 'in';
  }
  @Get('role') @RequirePermissions('orders:delete') @RequireRoles('boss') role() {
    return 'in';
  }
  @Get('scope') @RequirePermissions('orders:delete') @RequireScopes('orders.write') scope() {
    return 'in';
  }
  @Get('strong') @RequirePermissions('orders:delete') @RequireAuthContext({ acr: ['mfa'] }) strong() {
    return 'in';
  }
  @Get('undecorated') undecorated() {
    return 'in';
  }
  @Get('me') @Authenticated() me() {
    return 'in';
  }
  @Get('public') @Public() public() {
    return 'in';
  }
}

@Controller('invoices')
@AuthzMode('report')
class Invoices {
  @Get() @RequirePermissions('invoices:read') list() {
    return 'in';
  }
  @Get('void') @AuthzMode('enforce') @RequirePermissions('invoices:void') void() {
    return 'in';
  }
}

@Controller('shipments')
@RequirePermissions('shipments:read')
class Shipments {
  constructor(private readonly authz: Authz) {}
  @Get() list() {
    return 'in';
  }
  @Get('label') @AuthzMode('report') label() {
    return { may: this.authz.can('shipments:read') };
  }
  @Get('send') @AuthzMode('report') send() {
    this.authz.assert('shipments:read');
    return 'sent';
  }
}

const NOT_ENFORCED = /^WARN Permissions are not enforced on /;

onBothAdapters(({ start }) => {
  describe('an application in report mode', () => {
    const log = new CapturedLog();
    let app: AuthzTestApp;
    beforeAll(async () => {
      app = await start(Orders, { mode: 'report' }, log.here);
    });

    it('logs at start what it does not enforce', () => {
      expect(log.matching(NOT_ENFORCED)).toEqual([
        expect.stringContaining(
          'Permissions are not enforced on Orders.list, Orders.create, Orders.role, Orders.scope, Orders.strong: ' +
            'calls that lack only permissions are let through, logged and counted.',
        ),
      ]);
    });

    it('allows requests that only lack permissions, logs them once and counts them', async () => {
      for (let n = 0; n < 5; n++) await app.as('viewer').get('/orders/create').expect(200);
      await app.as('auditor').get('/orders/create').expect(200);
      await app.as('clerk').get('/orders/create').expect(200);
      expect(log.matching(/^WARN Orders\.create /)).toEqual([
        expect.stringContaining('permission_missing, missing orders:create; roles ["viewer"]; mapping revision "r1"'),
        expect.stringContaining('permission_denied, missing orders:create; roles ["auditor"]; mapping revision "r1"'),
      ]);
      const { report } = app.app.get(Authz).diagnostics();
      expect(report.handlers).toContainEqual({
        handler: 'Orders.create',
        letThrough: 6,
        reasons: { permission_missing: 5, permission_denied: 1 },
        roles: ['viewer', 'auditor'],
      });
      expect(report.handlers).toContainEqual({ handler: 'Orders.list', letThrough: 0, reasons: {}, roles: [] });
    });

    it('enforces the permissions of a handler that opts out', async () => {
      await app.as('viewer').get('/orders/enforced').expect(403);
      await app.as('admin').get('/orders/enforced').expect(200);
    });

    it('still refuses invalid tokens, with their own challenge', async () => {
      await app.anonymous().get('/orders').expect(401);
      await app.withToken('a.b.c').get('/orders').expect(401);
      await app
        .withToken(app.token({ aud: 'another', roles: ['viewer'] }))
        .get('/orders')
        .expect(401);
      await app.as('viewer').get('/orders/undecorated').expect(403);
      await app.as('viewer').get('/orders/role').expect(403);
      await app.as('boss').get('/orders/role').expect(200);
      const scope = await app.as('viewer').get('/orders/scope').expect(403);
      expect(scope.headers['www-authenticate']).toContain('scope="orders.write"');
      const strong = await app.as('viewer').get('/orders/strong').expect(401);
      expect(strong.headers['www-authenticate']).toContain('acr_values="mfa"');
      await app
        .withToken(app.token({ roles: ['viewer'], acr: 'mfa' }))
        .get('/orders/strong')
        .expect(200);
    });
  });

  describe('report mode for a class or a handler', () => {
    const log = new CapturedLog();
    let app: AuthzTestApp;
    beforeAll(async () => {
      app = await start({ controllers: [Invoices, Shipments] }, {}, log.here);
    });

    it('applies only there, and is logged at start', async () => {
      expect(log.matching(NOT_ENFORCED)[0]).toContain('on Invoices.list, Shipments.label, Shipments.send: ');
      await app.as().get('/invoices').expect(200);
      await app.as().get('/invoices/void').expect(403);
      await app.as().get('/shipments').expect(403);
    });

    it('does not change the results of Authz', async () => {
      await app.as().get('/shipments/label').expect(200, { may: false });
      await app.as().get('/shipments/send').expect(403);
    });
  });

  describe('report mode without a mapping', () => {
    it('allows requests, since they lack only permissions', async () => {
      const log = new CapturedLog();
      const source = remoteMapping({ name: 'nowhere', fetch: () => Promise.reject(new Error('down')) });
      const app = await start(Orders, { mode: 'report', mapping: source }, log.here);
      await app.as('viewer').get('/orders').expect(200);
      await app.as('viewer').get('/orders/role').expect(403);
      await app.as('viewer').get('/orders/enforced').expect(503);
      await app.anonymous().get('/orders').expect(401);
      for (let n = 0; n < 5; n++) await app.as('viewer').get('/orders').expect(200);
      expect(log.matching(/^WARN Orders\.list/)).toEqual([
        expect.stringContaining('mapping_unavailable; roles ["viewer"]; no mapping was loaded from nowhere yet'),
      ]);
    });
  });

  it('without report mode every such request is refused, and no line reports one', async () => {
    const log = new CapturedLog();
    const app = await start(Orders, {}, log.here);
    await app.as('viewer').get('/orders/create').expect(403);
    expect(log.matching(/report mode|not enforced|candidate/i)).toEqual([]);
    expect(app.app.get(Authz).diagnostics()).toMatchObject({ candidate: undefined, report: { letThrough: 0, handlers: [] } });
  });

  describe('a candidate mapping', () => {
    const candidate = { revision: 'r2', roles: { viewer: ['orders:create'], admin: ['*'] } } as const;

    it('reports every kind of difference once, counts all, and changes no response', async () => {
      const log = new CapturedLog();
      const app = await start(Orders, { candidate }, log.here);
      await log.line(/The candidate mapping from static is now revision r2/);
      for (let n = 0; n < 3; n++) await app.as('viewer').get('/orders').expect(200);
      await app.as('viewer').get('/orders/create').expect(403);
      await app.as('admin').get('/orders').expect(200);
      await app.as('viewer').get('/orders/me').expect(200);
      await app.anonymous().get('/orders').expect(401);
      expect(log.matching(/^WARN .* differs /)).toEqual([
        expect.stringContaining(
          'Orders.list differs under the candidate mapping: allowed now, permission_missing then; lost orders:read; ' +
            'roles ["viewer"]; revision "r1" now, "r2" then',
        ),
        expect.stringContaining(
          'Orders.create differs under the candidate mapping: permission_missing now, allowed then; gained',
        ),
      ]);
      expect(app.app.get(Authz).diagnostics().candidate).toMatchObject({
        source: 'static',
        revision: 'r2',
        ready: true,
        compared: 5,
        differed: 4,
      });
    });

    it('is compared with the real decision if report mode allows a request', async () => {
      const log = new CapturedLog();
      const app = await start(Orders, { candidate, mode: 'report' }, log.here);
      await log.line(/The candidate mapping from static is now revision r2/);
      await app.as('viewer').get('/orders/create').expect(200);
      expect(log.matching(/Orders\.create differs /)[0]).toContain('permission_missing now, allowed then');
    });

    it("is also compared with an application's own provider", async () => {
      const log = new CapturedLog();
      const provider = { permissionsFor: () => Promise.resolve(['orders:read']) };
      const app = await start(Orders, { candidate, mapping: { provider } }, log.here);
      await log.line(/The candidate mapping from static is now revision r2/);
      await app.as('viewer').get('/orders').expect(200);
      expect(app.app.get(Authz).diagnostics().candidate).toMatchObject({ compared: 1, differed: 1 });
    });

    it.each([
      ['is missing', fileMapping('nowhere/next.yaml'), /cannot be read \(ENOENT\)/],
      ['is invalid', { roles: { viewer: ['ord*'] } }, /roles\.viewer\[0\]: must be a permission/],
      [
        'never loads',
        remoteMapping({ name: 'silent', fetch: () => new Promise(() => undefined) }, { timeoutMs: 10 }),
        /silent: /,
      ],
    ])('that %s is a warning, and the service goes on', async (_how, bad, warning) => {
      const log = new CapturedLog();
      const app = await start(Orders, { candidate: bad }, log.here);
      await app.as('viewer').get('/orders').expect(200);
      expect(await log.line(warning)).toMatch(/^WARN There is no candidate mapping yet\. /);
      await app.as('viewer').get('/orders').expect(200);
      expect(log.matching(/^ERROR/)).toEqual([]);
      expect(app.app.get(Authz).diagnostics().candidate).toMatchObject({ ready: false, compared: 0, differed: 0 });
    });

    it('does not delay the start', async () => {
      const app = await start(Orders, { candidate: { name: 'silent', load: () => new Promise<never>(() => undefined) } });
      await app.as('viewer').get('/orders').expect(200);
    });

    it('that is not a mapping stops the start', async () => {
      await expect(start(Orders, { candidate: { provider: Orders } as never })).rejects.toMatchObject({
        code: 'AUTHZ_MAPPING_OPTION',
      });
    });
  });
});
