import { Controller, Get } from '@nestjs/common';
import { Authz, RequirePermissions, Revocations, type MappingSource, type PermissionPattern } from '../../lib/index.js';
import type { MappingReload } from '../../lib/mapping/index.js';
import type { StubTokenClaims } from '../../lib/testing/index.js';
import { onBothAdapters } from './on-both-adapters.js';

@Controller('orders')
class Orders {
  @Get() @RequirePermissions('orders:read') list() {
    return 'in';
  }
}

/** A mapping that the test replaces. */
class EditableMapping implements MappingSource {
  readonly name = 'editable';
  private reload: MappingReload = () => Promise.resolve(false);

  constructor(private document: object) {}

  load() {
    return { content: { document: this.document } };
  }

  watch(reload: MappingReload) {
    this.reload = reload;
    return () => undefined;
  }

  replace(document: object): Promise<boolean> {
    this.document = document;
    return this.reload();
  }
}

const mappingOf = (viewer: readonly PermissionPattern[]) => ({ roles: { viewer } });

onBothAdapters(({ start }) => {
  describe('a token that was used before', () => {
    /** Sends the same token often enough that all that can be kept for it is kept. */
    const askerWith = (app: Awaited<ReturnType<typeof start>>, claims: StubTokenClaims) => {
      const caller = app.withToken(app.token(claims));
      return async () => {
        const statuses = new Set<number>();
        for (let times = 0; times < 3; times++) statuses.add((await caller.get('/orders')).status);
        return [...statuses];
      };
    };

    it('gets the permissions of the mapping in use, from the first request after its replacement', async () => {
      const mapping = new EditableMapping(mappingOf(['orders:read']));
      const app = await start(Orders, { mapping });
      const ask = askerWith(app, { roles: ['viewer'] });
      for (const [granted, status] of [
        [['orders:read'], 200],
        [[], 403],
        [['orders:*'], 200],
        [['stock:read'], 403],
      ] as const) {
        await mapping.replace(mappingOf(granted));
        expect(await ask()).toEqual([status]);
      }
    });

    it('is allowed in report mode and compared with the candidate by the mappings in use', async () => {
      const mapping = new EditableMapping(mappingOf(['orders:read']));
      const candidate = new EditableMapping(mappingOf(['orders:read']));
      const app = await start(Orders, { mapping, candidate, mode: 'report' });
      const ask = askerWith(app, { roles: ['viewer'] });
      await ask();
      await candidate.replace(mappingOf([]));
      await ask();
      await mapping.replace(mappingOf([]));
      expect(await ask()).toEqual([200]);
      const { report, candidate: compared } = app.app.get(Authz).diagnostics();
      expect([report.letThrough, compared?.compared, compared?.differed]).toEqual([3, 9, 3]);
    });

    it('is refused from the first request after it was revoked', async () => {
      const app = await start(Orders, { revocation: { feed: null }, maxTokenLifetimeSeconds: 3600 });
      const ask = askerWith(app, { sub: 'ann', roles: ['viewer'] });
      expect(await ask()).toEqual([200]);
      await app.app.get(Revocations).revoke({ kind: 'subject', value: 'ann' });
      expect(await ask()).toEqual([401]);
    });

    it('shares nothing with a token of another tenant or subject that has the same roles', async () => {
      const app = await start(Orders, {
        issuer: { issuer: 'https://id.acme.test', tenant: 'org' },
        mapping: { ...mappingOf(['orders:read']), tenants: { bolt: mappingOf([]) } },
      });
      const callers = ['bolt', 'acme', undefined].flatMap((org) =>
        ['ann', 'bob'].map((sub) => [askerWith(app, { sub, org, roles: ['viewer'] }), org === 'bolt' ? 403 : 200] as const),
      );
      for (let round = 0; round < 2; round++)
        expect(await Promise.all(callers.map(([ask]) => ask()))).toEqual(callers.map(([, status]) => [status]));
    });

    it("has an application's own provider asked for every request", async () => {
      const answers = [['orders:read'], ['orders:read'], [], ['orders:read'], [], []];
      const app = await start(Orders, { mapping: { provider: { permissionsFor: () => answers.shift() ?? [] } } });
      const caller = app.withToken(app.token({ roles: ['viewer'] }));
      const statuses: number[] = [];
      while (answers.length > 0) statuses.push((await caller.get('/orders')).status);
      expect(statuses).toEqual([200, 200, 403, 200, 403, 403]);
    });
  });
});
