import { copyFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Controller, Get, Injectable, Module, Scope } from '@nestjs/common';
import {
  Authenticated,
  AuthzConfigError,
  CurrentPermissions,
  fileMapping,
  PermissionSet,
  Public,
  RequirePermissions,
  RequireRoles,
  type MappingProvider,
  type Principal,
} from '../../lib/index.js';
import { remoteMapping } from '../../lib/mapping/index.js';
import type { AuthzTestApp } from '../../lib/testing/index.js';
import { temporaryFolder } from '../files/temporary-folder.js';
import { RemoteEnd } from '../unit/mapping/http-transport.js';
import { fakeOnly } from '../waiting/fake-timers.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters } from './on-both-adapters.js';

@Controller()
class Orders {
  @Get('read') @RequirePermissions('orders:read') read() {
    return 'in';
  }
  @Get('items') @RequirePermissions('orders:items:read') items() {
    return 'in';
  }
  @Get('create') @RequirePermissions('orders:create') create() {
    return 'in';
  }
  @Get('me') @Authenticated() me() {
    return 'in';
  }
  @Get('role') @RequireRoles('viewer') role() {
    return 'in';
  }
  @Get('open') @Public() open() {
    return 'in';
  }
  @Get('held') @Authenticated() held(@CurrentPermissions() held: PermissionSet) {
    return { granted: held.granted, denied: held.denied, revision: held.revision };
  }
}

@Injectable()
class Grants {
  readonly byRole = new Map([['viewer', ['orders:read']]]);
}

@Injectable()
class GrantsProvider implements MappingProvider {
  constructor(private readonly grants: Grants) {}
  permissionsFor(roles: readonly string[]) {
    return roles.flatMap((role) => this.grants.byRole.get(role) ?? []);
  }
}

@Module({ providers: [Grants, GrantsProvider] })
class GrantsModule {}

class LoneProvider implements MappingProvider {
  permissionsFor(roles: readonly string[], { tenant, subject }: Principal) {
    return Promise.resolve(roles.includes('viewer') && subject === 'ann' && tenant === undefined ? ['orders:*'] : []);
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestScopedProvider extends LoneProvider {}

const folder = temporaryFolder();
let files = 0;
const write = (file: string, text: string) => {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
};
const newFile = (text: string) => {
  const file = join(folder, `${++files}.yaml`);
  write(file, text);
  return file;
};

onBothAdapters(({ start }) => {
  describe('a mapping in code', () => {
    let app: AuthzTestApp;
    beforeAll(async () => {
      app = await start(Orders);
    });

    it('grants by name, pattern and inheritance, and a denial wins', async () => {
      await app.as('viewer').get('/read').expect(200);
      await app.as('viewer').get('/items').expect(403);
      await app.as('clerk').get('/read').expect(200);
      await app.as('clerk').get('/items').expect(200);
      await app.as('clerk').get('/create').expect(200);
      await app.as('clerk', 'auditor').get('/create').expect(403);
      await app.as('admin', 'auditor').get('/create').expect(403);
      await app.as('admin').get('/create').expect(200);
    });

    it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', '*', 'view', 'VIEWER', 'viewer '])(
      'a role named %j grants nothing',
      async (role) => {
        await app.as(role).get('/read').expect(403);
        await app.as(role).get('/held').expect(200, { granted: [], denied: [], revision: 'r1' });
      },
    );

    it('a permission as a role in the token grants nothing', async () => {
      for (const role of ['orders:read', 'orders:*', '*']) await app.as(role).get('/read').expect(403);
      await app
        .withToken(app.token({ permissions: ['orders:read'], scope: 'orders:read' }))
        .get('/read')
        .expect(403);
    });

    it.each(['viewer', { 0: 'viewer', length: 1 }, [['viewer']], [{ name: 'viewer' }], null, 7, true])(
      'the role claim %j grants nothing',
      async (roles) => {
        await app
          .withToken(app.issuer.token({ iss: 'https://id.acme.test', aud: 'orders', roles: roles as never }))
          .get('/read')
          .expect(403);
      },
    );

    it('roles named like members of objects can be mapped like any other', async () => {
      const roles = JSON.parse('{"__proto__":["orders:read"],"constructor":["orders:create"]}') as Record<string, string[]>;
      const odd = await start(Orders, { mapping: { roles } });
      await odd.as('__proto__').get('/read').expect(200);
      await odd.as('__proto__').get('/create').expect(403);
      await odd.as('constructor').get('/create').expect(200);
      await odd.as('toString').get('/read').expect(403);
    });
  });

  describe('a mapping in a file', () => {
    it('changes decisions after an edit, without a restart', async () => {
      const log = new CapturedLog();
      const file = newFile('revision: first\nroles:\n  viewer: [orders:read]\n');
      const app = await start(Orders, { mapping: fileMapping(file) }, log.here);
      await app.as('viewer').get('/read').expect(200);
      await app.as('viewer').get('/create').expect(403);
      write(file, 'revision: second\nroles:\n  viewer: [orders:create]\n');
      expect(await log.line(/is now revision second/)).toContain(`LOG The mapping from ${file} is now revision second`);
      await app.as('viewer').get('/read').expect(403);
      await app.as('viewer').get('/create').expect(200);
    });

    it('stays in use after an invalid edit or a deletion, logs the reason, and is replaced by the next valid document', async () => {
      const log = new CapturedLog();
      const file = newFile('revision: first\nroles:\n  viewer: [orders:read]\n');
      const app = await start(Orders, { mapping: fileMapping(file) }, log.here);
      write(file, 'roles:\n  viewer:\n    inherit: [reader]\n');
      const line = await log.line(/stays at revision first/);
      expect(line).toContain(`ERROR The mapping stays at revision first. The mapping from ${file} cannot be used:`);
      expect(line).toContain('roles.viewer.inherit (line 3, column 5): is not an allowed member');
      expect(line).toContain('Did you mean "inherits"?');
      await app.as('viewer').get('/read').expect(200);
      rmSync(file);
      await log.line(/cannot be read \(ENOENT\)/);
      await app.as('viewer').get('/read').expect(200);
      write(file, 'revision: third\nroles: {}\n');
      await log.line(/is now revision third/);
      await app.as('viewer').get('/read').expect(403);
    });

    it('that is invalid at start stops the start and names position and line', async () => {
      const file = newFile('roles:\n  viewer: [orders:read, "ord*"]\n');
      const error = (await start(Orders, { mapping: fileMapping(file) }).catch((thrown: unknown) => thrown)) as AuthzConfigError;
      expect(error).toBeInstanceOf(AuthzConfigError);
      expect(error.message).toBe(
        `The mapping from ${file} cannot be used:\n  roles.viewer[1] (line 2, column 25): ` +
          'must be a permission such as "orders:read" or a pattern such as "orders:*", got "ord*".',
      );
    });

    it('that is missing stops the start and names its path', async () => {
      await expect(start(Orders, { mapping: fileMapping('nowhere/mapping.yaml') })).rejects.toThrow(
        `cannot be read (ENOENT). Looked for it at ${join(process.cwd(), 'nowhere/mapping.yaml')}.`,
      );
    });
  });

  describe('a mapping with tenants', () => {
    it('gives a caller the roles of the tenant in the token', async () => {
      const app = await start(Orders, {
        issuer: { issuer: 'https://id.acme.test', tenant: 'org' },
        mapping: {
          roles: { viewer: ['orders:read'], clerk: { inherits: ['viewer'], permissions: ['orders:create'] } },
          tenants: { bolt: { roles: { viewer: ['orders:items:*'], night: { inherits: ['clerk'], deny: ['orders:create'] } } } },
        },
      });
      const statuses = async (role: string, org?: unknown) => {
        const caller = app.withToken(app.token({ roles: [role], org: org as never }));
        const paths = ['/read', '/items', '/create'];
        return (await Promise.all(paths.map((path) => caller.get(path)))).map(({ status }) => status);
      };
      expect(await statuses('clerk')).toEqual([200, 403, 200]);
      expect(await statuses('clerk', 'bolt')).toEqual([403, 200, 200]);
      expect(await statuses('night', 'bolt')).toEqual([403, 200, 403]);
      expect(await statuses('night')).toEqual([403, 403, 403]);
      for (const other of ['acme', 'BOLT', '__proto__']) expect(await statuses('clerk', other)).toEqual([200, 403, 200]);
      for (const unreadable of ['', ['bolt'], { bolt: 1 }]) expect(await statuses('clerk', unreadable)).toEqual([403, 403, 403]);
    });
  });

  describe('a mapping from a remote source', () => {
    let remote: RemoteEnd;
    beforeEach(async () => {
      remote = new RemoteEnd();
      await remote.start();
    });
    afterEach(() => remote.stop());

    /** Checks that routes without permissions work in every state of the mapping. */
    const expectOthersServed = async (app: AuthzTestApp) => {
      await app.anonymous().get('/open').expect(200);
      await app.as('viewer').get('/me').expect(200);
      await app.as('viewer').get('/role').expect(200);
      await app.as('clerk').get('/role').expect(403);
      await app.anonymous().get('/read').expect(401);
    };
    const viewer = { roles: { viewer: ['orders:read'] } };

    it('that is unavailable at start does not stop the start: 503 if permissions are needed, until it is loaded', async () => {
      const log = new CapturedLog();
      const app = await start(Orders, { mapping: remoteMapping(remote.transport()) }, log.here);
      expect((await app.as('viewer').get('/read').expect(503)).headers['retry-after']).toBe('5');
      await expectOthersServed(app);
      remote.publish(viewer, '"1"');
      remote.nudge();
      await log.line(/is now revision/);
      await app.as('viewer').get('/read').expect(200);
      await app.as('viewer').get('/create').expect(403);
    });

    it('stays in use while its source is down', async () => {
      const log = new CapturedLog();
      remote.publish(viewer, '"1"');
      const app = await start(Orders, { mapping: remoteMapping(remote.transport()) }, log.here);
      await remote.stop();
      remote.nudge();
      await log.line(/^ERROR The mapping stays/);
      await app.as('viewer').get('/read').expect(200);
    });

    it('is not used after it has expired, until another one is loaded', async () => {
      const log = new CapturedLog();
      const now = Date.now();
      remote.publish({ ...viewer, notAfter: new Date(now + 3_600_000).toISOString() }, '"1"');
      const app = await start(Orders, { mapping: remoteMapping(remote.transport()) }, log.here);
      await app.as('viewer').get('/read').expect(200);
      fakeOnly(['Date'], now + 3_600_000);
      try {
        await app.as('viewer').get('/read').expect(503);
        await expectOthersServed(app);
        expect(log.matching(/the mapping from the remote end expired at /)).not.toEqual([]);
        log.lines.length = 0;
        remote.publish({ ...viewer, revision: 'r2' }, '"2"');
        remote.nudge();
        await log.line(/is now revision/);
        await app.as('viewer').get('/read').expect(200);
      } finally {
        jest.useRealTimers();
      }
    });

    it.each(['serve', 'deny'] as const)('that is stale, also after a restart, is logged with the effect %s', async (onStale) => {
      const log = new CapturedLog();
      const diskCopy = join(folder, `${++files}.copy`);
      const options = { diskCopy, pollIntervalSeconds: 60, maxStalenessSeconds: 3600, onStale };
      remote.publish(viewer, '"1"');
      const before = await start(Orders, { mapping: remoteMapping(remote.transport(), options) });
      await before.as('viewer').get('/read').expect(200);
      await before.close();
      const oldCopy = `${diskCopy}.old`; // the first application may still be renewing its own copy
      copyFileSync(diskCopy, oldCopy);
      const twoHoursAgo = Date.now() / 1000 - 7200;
      utimesSync(oldCopy, twoHoursAgo, twoHoursAgo);
      remote.text = undefined;
      const later = { ...options, diskCopy: oldCopy };
      const app = await start(Orders, { mapping: remoteMapping(remote.transport(), later) }, log.here);
      await log.line(/was not confirmed for longer than maxStalenessSeconds/);
      await app
        .as('viewer')
        .get('/read')
        .expect(onStale === 'serve' ? 200 : 503);
      await expectOthersServed(app);
      remote.publish(viewer, '"1"');
      remote.nudge();
      await log.line(/is reachable again/);
      await app.as('viewer').get('/read').expect(200);
    });
  });

  describe('a mapping provider of the application', () => {
    it('is found in any module that provides it, with its dependencies', async () => {
      const app = await start({ imports: [GrantsModule], controllers: [Orders] }, { mapping: { provider: GrantsProvider } });
      await app.as('viewer').get('/read').expect(200);
      app.app.get(Grants).byRole.set('viewer', ['orders:create']);
      await app.as('viewer').get('/read').expect(403);
      await app.as('viewer').get('/create').expect(200);
    });

    it('is created if no module provides it, and gets the principal', async () => {
      const app = await start(Orders, { mapping: { provider: LoneProvider } });
      await app
        .withToken(app.token({ roles: ['viewer'], sub: 'ann' }))
        .get('/read')
        .expect(200);
      await app
        .withToken(app.token({ roles: ['viewer'], sub: 'bob' }))
        .get('/read')
        .expect(403);
    });

    it('may be an instance', async () => {
      const app = await start(Orders, { mapping: { provider: new LoneProvider() } });
      await app
        .withToken(app.token({ roles: ['viewer'], sub: 'ann' }))
        .get('/items')
        .expect(200);
    });

    it.each([
      ['a set', () => new PermissionSet(['orders:*'], ['orders:create'], 'r7'), 'r7'],
      ['a list', () => ['orders:read'], 'provider'],
      ['grants and denials', () => ({ permissions: ['orders:*'], deny: ['orders:create'], revision: 'r8' }), 'r8'],
      ['a promise', () => Promise.resolve({ permissions: ['orders:*'], deny: ['*:create'] }), 'provider'],
    ])('may return %s', async (_name, permissionsFor, revision) => {
      const app = await start(Orders, { mapping: { provider: { permissionsFor } } });
      await app.as().get('/read').expect(200);
      await app.as().get('/create').expect(403);
      expect((await app.as().get('/held').expect(200)).body).toMatchObject({ revision });
    });

    const failing: [string, () => unknown, RegExp][] = [
      ['throws', () => explode(), /need permissions get 503: the mapping provider failed: database is down/],
      ['rejects', () => Promise.reject(new Error('connection lost')), /the mapping provider failed: connection lost/],
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what foreign code does
      ['rejects with no error', () => Promise.reject(undefined), /the mapping provider failed: nothing/],
      ['hangs', () => new Promise(() => undefined), /did not answer within 20 ms/],
      ['is a broken thenable', () => ({ then: () => explode('then() broke') }), /the mapping provider failed: then\(\) broke/],
      ['returns nothing', () => undefined, /need permissions get 503/],
      ['returns null', () => null, /need permissions get 503/],
      ['returns a string', () => 'orders:read', /need permissions get 503/],
      ['returns true', () => true, /need permissions get 503/],
      ['returns a list with garbage', () => Promise.resolve(['orders:read', 7]), /need permissions get 503/],
      ['returns half a pattern', () => ['ord*'], /need permissions get 503/],
      ['returns denials that are not a list', () => ({ permissions: ['*'], deny: 'orders:read' }), /need permissions get 503/],
      [
        'returns an object that throws when read',
        () => ({
          get permissions() {
            return explode('the getter broke');
          },
        }),
        /the mapping provider failed: the getter broke/,
      ],
    ];
    describe('that', () => {
      const log = new CapturedLog();
      let app: AuthzTestApp;
      let permissionsFor: () => unknown;
      beforeAll(async () => {
        const provider = { permissionsFor: (() => permissionsFor()) as MappingProvider['permissionsFor'] };
        app = await start(Orders, { mapping: { provider, timeoutMs: 20 } }, log.here);
      });

      it.each(failing)(
        '%s causes 503 only if permissions are needed, until it recovers',
        async (_name, failingProvider, line) => {
          log.lines.length = 0;
          permissionsFor = failingProvider;
          expect((await app.as('viewer').get('/read').expect(503)).headers['retry-after']).toBe('5');
          await app.as('viewer').get('/held').expect(503);
          await app.as('viewer').get('/me').expect(200);
          await app.as('viewer').get('/role').expect(200);
          await app.as().get('/role').expect(403);
          await app.anonymous().get('/read').expect(401);
          expect(log.matching(line)[0]).toMatch(/^WARN Requests to Orders\.read /);
          expect(log.matching(/^ERROR/)).toEqual([]);
          permissionsFor = () => ['orders:read'];
          await app.as().get('/read').expect(200);
        },
      );
    });

    class Unresolvable extends LoneProvider {
      constructor(readonly grants: Grants) {
        super();
      }
    }
    Reflect.defineMetadata('design:paramtypes', [Grants], Unresolvable);
    class NoProvider {
      readonly name = 'none';
    }
    it.each([
      ['cannot be instantiated', Unresolvable, 'which cannot be instantiated: '],
      ['is request-scoped', RequestScopedProvider, 'which cannot be instantiated: '],
      ['has no method', NoProvider as never, 'which has no method permissionsFor(roles, principal).'],
    ])('that %s stops the start with one message', async (_name, provider, message) => {
      const providers = provider === RequestScopedProvider ? [provider] : [];
      const error: unknown = await start({ controllers: [Orders], providers }, { mapping: { provider } }).catch(
        (e: unknown) => e,
      );
      expect(error).toMatchObject({
        code: 'AUTHZ_MAPPING_PROVIDER',
        message: expect.stringContaining(`"mapping.provider" is the function ${provider.name}, ${message}`) as unknown,
      });
    });
  });
});

function explode(message = 'database is down'): never {
  throw new Error(message);
}
