import { Controller, Get, Injectable } from '@nestjs/common';
import {
  Authenticated,
  Authz,
  AuthzConfigError,
  Filtered,
  RequirePermissions,
  type AuthzModuleOptions,
  type MappingDocument,
  type PermissionReport,
} from '../../../lib/index.js';
import type { AuthzTestApp } from '../../../lib/testing/index.js';
import { onBothAdapters } from '../on-both-adapters.js';

const mapping: MappingDocument = {
  revision: 'r1',
  resources: { orders: { ownerId: 'string', amount: 'number', tags: 'string[]' } },
  permissions: {
    'orders:read': 'Read orders',
    'orders:update': 'Change orders',
    'orders:tag': 'Tag orders',
    'orders:release': { description: 'Release orders', requires: { acr: ['mfa'], maxAgeSeconds: 300 } },
  },
  roles: {
    clerk: {
      permissions: [
        { permission: 'orders:read', when: 'resource.ownerId == principal.subject' },
        { permission: 'orders:update', when: 'resource.ownerId == principal.subject && resource.amount < 1000' },
        { permission: 'orders:tag', when: '"open" in resource.tags' },
        'orders:release',
      ],
    },
    auditor: ['orders:read'],
    'senior-clerk': { inherits: ['clerk'] },
    local: { permissions: [{ permission: 'orders:read', when: 'context.channel == "office"' }] },
  },
};

const orders = [
  { id: 1, ownerId: 'alice', amount: 10 },
  { id: 2, ownerId: 'alice', amount: 5000 },
  { id: 3, ownerId: 'bob', amount: 10 },
];

@Injectable()
class Questions {
  constructor(readonly authz: Authz) {}
}

@Controller()
class Orders {
  constructor(private readonly questions: Questions) {}

  @Get('own') @Authenticated() own() {
    const { authz } = this.questions;
    return orders.filter((order) => authz.can('orders:update', order)).map(({ id }) => id);
  }
  @Get('assert') @Authenticated() assert() {
    this.questions.authz.assert('orders:update', orders[2]!);
  }
  @Get('release') @Authenticated() release() {
    this.questions.authz.assert('orders:release');
  }
  @Get('filter') @Filtered('orders:read') filter() {
    return this.questions.authz.filter('orders:read').selection;
  }
  @Get('tags') @Filtered('orders:tag') tags() {
    try {
      return this.questions.authz.filter('orders:tag').selection;
    } catch (error) {
      return { code: (error as AuthzConfigError).code, message: (error as Error).message };
    }
  }
  @Get('strong-filter') @Authenticated() strongFilter() {
    return this.questions.authz.filter('orders:release').selection;
  }
  @Get('explain') @Authenticated() explain() {
    return this.questions.authz.explain('orders:update', orders[1]);
  }
  @Get('bare') @RequirePermissions('orders:read') bare() {
    return 'in';
  }
}

onBothAdapters(({ start }) => {
  const starting = (options: Partial<AuthzModuleOptions> = {}) =>
    start({ controllers: [Orders], providers: [Questions] }, { mapping, ...options });
  let app: AuthzTestApp;
  beforeAll(async () => void (app = await starting()));
  const as = (...roles: string[]) => app.withToken(app.token({ sub: 'alice', roles }));

  describe('Authz, asked about a resource', () => {
    it('can() decides for each resource, through inheritance as well', async () => {
      await as('clerk').get('/own').expect(200, [1]);
      await as('senior-clerk').get('/own').expect(200, [1]);
      await as('auditor').get('/own').expect(200, []);
    });

    it('assert() refuses with 403', async () => {
      await as('clerk').get('/assert').expect(403);
    });

    it('assert() says how to authenticate if the permission requires it', async () => {
      const { headers } = await as('clerk').get('/release').expect(401);
      expect(headers['www-authenticate']).toContain('error="insufficient_user_authentication"');
      expect(headers['www-authenticate']).toMatch(/acr_values="mfa".*max_age="300"/);
      const now = Math.floor(Date.now() / 1000);
      await app
        .withToken(app.token({ sub: 'alice', roles: ['clerk'], acr: 'mfa', auth_time: now }))
        .get('/release')
        .expect(200);
    });

    it('filter() selects the resources that can() allows', async () => {
      const { body } = await as('clerk').get('/filter').expect(200);
      expect(body).toEqual({
        kind: 'where',
        test: {
          kind: 'compare',
          comparator: '==',
          left: { kind: 'attribute', path: ['ownerId'], type: 'string' },
          right: { kind: 'literal', type: 'string', value: 'alice' },
        },
      });
      await as('auditor').get('/filter').expect(200, { kind: 'always' });
      await as('clerk', 'auditor').get('/filter').expect(200, { kind: 'always' });
      await as('nobody').get('/filter').expect(403);
    });

    it('filter() refuses in place of an empty list if the caller has to authenticate again', async () => {
      await as('clerk').get('/strong-filter').expect(401);
      await as('nobody').get('/strong-filter').expect(200, { kind: 'never' });
    });

    it('filter() throws for a condition that it cannot express', async () => {
      await as('clerk').get('/tags').expect(200, {
        code: 'AUTHZ_FILTER',
        message:
          'authz.filter("orders:tag") cannot express the condition of the mapping (revision "r1"): "open" in resource.tags: a filter cannot test a list of the resource.',
      });
    });

    it('explain() names the grant, the part of the condition that failed, and its values', async () => {
      const { body } = await as('senior-clerk').get('/explain').expect(200);
      expect(body).toEqual({
        permission: 'orders:update',
        allowed: false,
        reason: 'condition_unmet',
        revision: 'r1',
        grantedBy: ['clerk', 'senior-clerk'],
        rules: [
          {
            effect: 'allow',
            entry: 'orders:update',
            path: ['senior-clerk', 'clerk'],
            when: 'resource.ownerId == principal.subject && resource.amount < 1000',
            condition: {
              result: 'false',
              parts: [
                {
                  condition: 'resource.ownerId == principal.subject',
                  result: 'true',
                  values: [
                    { attribute: 'resource.ownerId', value: '"alice"' },
                    { attribute: 'principal.subject', value: '"alice"' },
                  ],
                },
                {
                  condition: 'resource.amount < 1000',
                  result: 'false',
                  values: [{ attribute: 'resource.amount', value: '5000' }],
                },
              ],
            },
          },
        ],
      } satisfies Omit<PermissionReport, 'rules'> & { readonly rules: readonly object[] });
    });

    it('works for work that runs as a principal', async () => {
      const authz = app.app.get(Authz);
      const who = { subject: 'bob', roles: ['clerk'] };
      const can = (id: number) => authz.can('orders:update', orders[id - 1]!);
      expect(await authz.runAs(who, () => [can(1), can(3)])).toEqual([false, true]);
      const caller = await authz.for({ ...(await authz.runAs(who, () => authz.principal()!)), subject: 'alice' });
      expect(caller.can('orders:update', orders[0]!)).toBe(true);
    });

    it.each([[undefined], [null], [5], ['orders:read', {}]])(
      'throws for %j in place of a resource',
      async (...given: unknown[]) => {
        const authz = app.app.get(Authz);
        const ask = () => (authz.can as (...asked: unknown[]) => boolean).call(authz, 'orders:update', ...given);
        await expect(authz.runAs({ subject: 'bob', roles: ['clerk'] }, ask)).rejects.toMatchObject({ code: 'AUTHZ_RESOURCE' });
      },
    );

    it('reads what the call brings, by the option conditionContext', async () => {
      const office = await starting({ conditionContext: () => ({ channel: 'office' }) });
      const remote = await starting({ conditionContext: () => ({ channel: 'shop' }) });
      await office.as('local').get('/filter').expect(200, { kind: 'always' });
      await office.as('local').get('/bare').expect(200);
      await remote.as('local').get('/bare').expect(403);
    });
  });
});
