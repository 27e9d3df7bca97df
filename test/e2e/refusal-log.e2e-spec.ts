import { createHmac } from 'node:crypto';
import { jest } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { JwtStrategy } from '../../lib/authentication/tokens/jwt.strategy.js';
import { AUTHENTICATION_SETTINGS, Authenticator, parseAuthenticationSettings } from '../../lib/authentication/index.js';
import { AuthzGuard } from '../../lib/authorization/index.js';
import { REFUSAL_REASONS, type RefusalReason } from '../../lib/core/index.js';
import {
  Authz,
  legacyIssuer,
  not,
  RequireAuthContext,
  RequirePermissions,
  RequirePolicy,
  RequireRoles,
  RequireScopes,
  Resource,
  type IssuerOptions,
} from '../../lib/index.js';
import { MappingUnavailableError } from '../../lib/mapping/compiled/mapping-unavailable.error.js';
import { Revocations } from '../../lib/revocation/index.js';
import type { AuthzTestApp, TestCaller } from '../../lib/testing/index.js';
import { base64url } from '../tokens/base64url.js';
import { nowSeconds } from '../tokens/now-seconds.js';
import { LOGGERS, type TriedLogger } from './loggers.js';
import { onBothAdapters, OPTIONS } from './on-both-adapters.js';
import { rawRequest } from './raw-request.js';
import { OrderById, Told } from './resources/orders.js';

@Controller()
class Orders {
  @Get('read') @RequirePermissions('orders:read') read() {
    return 'in';
  }
  @Get('create') @RequirePermissions('orders:create') create() {
    return 'in';
  }
  @Get('role') @RequireRoles('admin') role() {
    return 'in';
  }
  @Get('scope') @RequireScopes('orders.write') scope() {
    return 'in';
  }
  @Get('strong') @RequireAuthContext({ acr: ['mfa'], maxAgeSeconds: 60 }) strong() {
    return 'in';
  }
  @Get('orders/:id') @RequirePermissions('orders:update') @Resource(OrderById) update() {
    return 'in';
  }
  @Get('any-order') @RequirePermissions('orders:update') anyOrder() {
    return 'in';
  }
  @Get('policy/:policy') @RequirePolicy(not(not(Told))) policy() {
    return 'in';
  }
  @Get('undecorated') undecorated() {
    return 'in';
  }
}

/** Clerks may update their own orders. */
const OWN_ORDERS = {
  mapping: {
    revision: 'r1',
    roles: {
      clerk: [{ permission: 'orders:update', when: 'resource.ownerId == principal.subject' }],
      boss: ['orders:read', 'orders:create'],
    },
  },
};

const SECRET = 'a secret of the old service, 32 bytes and more';
/** A token of the old service. */
function oldToken(claims: object = {}): string {
  const input = `${base64url({ alg: 'HS256' })}.${base64url({ sub: 7, iat: nowSeconds(), exp: nowSeconds() + 60, ...claims })}`;
  return `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`;
}
const old = (more: object = {}) => ({
  issuer: legacyIssuer({
    issuer: 'users-service',
    withoutIss: true,
    key: SECRET,
    audience: null,
    acceptUntil: '2999-01-01T00:00:00Z',
    ...more,
  }),
});
const withIssuer = (more: Partial<IssuerOptions>) => ({ issuer: { issuer: OPTIONS.issuer, ...more } });
const providing = (permissionsFor: () => unknown, timeoutMs = 20) => ({
  mapping: { provider: { permissionsFor: permissionsFor as never }, timeoutMs },
});
const revocationsSay = (reason: RefusalReason) => () => void jest.spyOn(Revocations.prototype, 'check').mockReturnValue(reason);

/** How a call comes to be refused for a reason, and the line that its operator sees. */
interface Case {
  readonly options?: object;
  /** Done before the application starts. */
  readonly before?: () => void;
  /** The token that is sent. Default: a good one without roles. */
  readonly token?: (app: AuthzTestApp) => string;
  /** Default: the token is sent to `path`. */
  readonly call?: (app: AuthzTestApp) => unknown;
  readonly path?: string;
  /** Whether the issuer's keys cannot be fetched. */
  readonly isDown?: true;
  /** After the handler's name. */
  readonly line: string | RegExp;
}

const claims =
  (changes: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}) =>
  (app: AuthzTestApp) =>
    app.issuer.token({ iss: OPTIONS.issuer, aud: 'orders', ...changes }, header);
const tokenOfIssuer = 'in a token of "https://id.acme.test"';

const CASES: Readonly<Record<RefusalReason, Case>> = {
  token_missing: {
    call: (app) =>
      app
        .anonymous()
        .get('/read')
        .set('Authorization', `Basic ${base64url('user:password')}`),
    line: 'Received: an Authorization header with the scheme Basic. Expected: Authorization: Bearer <access token>.',
  },
  request_malformed: {
    call: (app) =>
      rawRequest(
        app,
        'GET /read',
        [1, 2].map(() => `Authorization: Bearer ${app.token()}`),
      ),
    line: 'Received: more than one access token. Expected: one. The client or a proxy sends two Authorization headers',
  },
  token_malformed: {
    token: () => 'gho_16C7e42F292c6912E7710c838347Ae178B4a',
    line: 'Received: a string of 40 characters in one part. Expected: a signed JWT of three parts. It is opaque:',
  },
  algorithm_not_allowed: {
    token: (app) => app.token().replace(/^[^.]*/, base64url({ alg: 'HS256' })),
    line: /^Received: alg "HS256", in a token of "https:\/\/id\.acme\.test"\. Expected: one of "RS256".* legacyIssuer\(\)\.$/,
  },
  issuer_unknown: {
    token: claims({ iss: `${OPTIONS.issuer}/` }),
    line: 'Received: iss "https://id.acme.test/". Expected: "https://id.acme.test". It differs from "https://id.acme.test" by a slash at the end only.',
  },
  key_unknown: {
    token: claims({}, { kid: 'k9' }),
    line: /^Received: kid "k9" with alg "RS256", in a token of .*\. Expected: one of "[\w-]+" \(RS256.*\), "[\w-]+" \(ES256\)\. /,
  },
  keys_unavailable: {
    isDown: true,
    line: `Received: a token for which no key is held, ${tokenOfIssuer}. Expected: the issuer's keys, which could not be fetched.`,
  },
  roles_unavailable: {
    options: old({ roles: () => Promise.reject(new Error('no connection')) }),
    token: () => oldToken(),
    line: 'Received: no result of the function "roles" of legacyIssuer(), in a token of "users-service".',
  },
  signature_invalid: {
    token: (app) => `${app.token({ sub: 'ann' }).split('.').slice(0, 2).join('.')}.${app.token().split('.')[2]}`,
    line: /^Received: a signature with alg "RS256" that was not made with key "[\w-]+", in a token of /,
  },
  token_expired: {
    token: claims({ exp: 1_700_000_000 }),
    line: /^Received: exp 2023-11-14T22:13:20\.000Z, \d+ d ago, in a token of .*\. Expected: a later time than \S+Z, the clock of this service \(clockToleranceSeconds is 30\)\./,
  },
  token_not_yet_valid: {
    token: (app) => app.token({ nbf: nowSeconds() + 1200 }),
    line: /^Received: nbf \S+Z, 20 min from now, in a token of .* Compare the clocks of this service and of the issuer \(NTP\)\.$/,
  },
  audience_mismatch: {
    token: claims({ aud: 'https://users.acme.test' }),
    line: `Received: aud "https://users.acme.test", ${tokenOfIssuer}. Expected: "orders". Have the client request a token for this API`,
  },
  claims_invalid: {
    token: claims({ sub: { id: 'hidden' } }),
    line: `Received: claim "sub": an object of 1, ${tokenOfIssuer}. Expected: a string.`,
  },
  not_access_token: {
    token: claims({ nonce: 'hidden' }, { typ: 'JWT' }),
    line: `Received: nonce (the claim is there), ${tokenOfIssuer}. Expected: an access token. Have the client send the access token, not the ID`,
  },
  lifetime_too_long: {
    options: { maxTokenLifetimeSeconds: 60 },
    line: `Received: a lifetime of 300 seconds (exp - iat), ${tokenOfIssuer}. Expected: at most 60.`,
  },
  roles_overage: {
    token: claims({ _claim_names: { roles: 'src1' } }),
    line: 'Received: a token that only points to its claim "roles", as issuers do for a user with too many groups',
  },
  session_pending: {
    options: withIssuer({ refuse: () => 'session_pending' }),
    line: 'Received: a token of a session that still has tasks to do. Expected: a session that is active.',
  },
  issuer_retired: {
    options: old({ acceptUntil: '2020-01-01T00:00:00Z' }),
    token: () => oldToken(),
    line: 'Received: a token of the old service, in a token of "users-service". Expected: none since 2020-01-01T00:00:00.000Z',
  },
  binding_mismatch: {
    token: claims({ cnf: { jkt: 'hidden' } }),
    line: 'Received: a token that is bound to a key (cnf.jkt). Expected: a token without binding, since the option "dpop" is not set.',
  },
  proof_invalid: {
    options: { dpop: 'accepted', protectedResource: { resource: 'https://orders.acme.test' } },
    call: (app) =>
      app
        .anonymous()
        .get('/read')
        .set('Authorization', `DPoP ${app.token({ cnf: { jkt: 'hidden' } })}`),
    line: 'Received: no DPoP header, or more than one. Expected: a DPoP proof for this request and token.',
  },
  token_revoked: {
    before: revocationsSay('token_revoked'),
    line: 'Received: a token of "https://id.acme.test" that a revocation rule names. Expected: a token that was issued after the rule.',
  },
  token_not_fresh: {
    before: revocationsSay('token_not_fresh'),
    line: 'Received: a token that is older than is accepted while revocation rules are not up to date.',
  },
  revocations_unavailable: {
    before: revocationsSay('revocations_unavailable'),
    line: 'Received: a token of "https://id.acme.test". Expected: revocation rules that are up to date.',
  },
  revocations_stale: {
    before: revocationsSay('revocations_stale'),
    line: 'Received: a token of "https://id.acme.test". Expected: revocation rules that are up to date.',
  },
  authentication_insufficient: {
    path: '/strong',
    token: claims({ acr: 'pwd' }),
    line: 'Received: acr "pwd", auth_time absent. Expected: acr "mfa" and auth_time within 60 s.',
  },
  no_requirement: {
    path: '/undecorated',
    line: 'Received: a call to a handler without a decorator. Expected: @RequirePermissions(), @Authenticated(), @Public()',
  },
  permission_missing: {
    token: claims({ roles: ['Viewer', 'boss'] }),
    line:
      'Received: roles "Viewer", "boss"; not in the mapping (revision "r1"): "Viewer" (did you mean "viewer"?), "boss". ' +
      'Expected: permission "orders:read".',
  },
  permission_denied: {
    path: '/create',
    token: claims({ roles: ['auditor'] }),
    line: 'Received: roles "auditor". Expected: permission "orders:create". A role denies the permission in the mapping (revision "r1")',
  },
  condition_unmet: {
    options: OWN_ORDERS,
    path: '/orders/other',
    token: claims({ roles: ['clerk'] }),
    line:
      'Received: roles "clerk". Expected: permission "orders:update". Role "clerk" grants "orders:update" only when ' +
      'resource.ownerId == principal.subject, which is false.',
  },
  resource_required: {
    options: OWN_ORDERS,
    path: '/any-order',
    token: claims({ roles: ['clerk'] }),
    line:
      'Role "clerk" grants "orders:update" only when resource.ownerId == principal.subject, which is unknown: no resource.ownerId. ' +
      'Write @Resource() on Orders.anyOrder, so that the condition can be decided.',
  },
  resource_not_found: {
    options: OWN_ORDERS,
    path: '/orders/missing',
    token: claims({ roles: ['clerk'] }),
    line: 'Received: OrderById returned undefined. Expected: a resource. If the resource exists, check what the loader reads:',
  },
  resource_unavailable: {
    options: { ...OWN_ORDERS, resourceTimeoutMs: 10 },
    path: '/orders/hangs',
    token: claims({ roles: ['clerk'] }),
    line: 'Received: OrderById did not finish within 10 ms. Expected: a resource, within "resourceTimeoutMs".',
  },
  policy_denied: {
    path: '/policy/false',
    token: claims({ roles: ['clerk'] }),
    line: 'Received: Told returned false. Expected: the policy not(not(Told)) to return true.',
  },
  role_missing: {
    path: '/role',
    token: claims({ roles: ['Admin'] }),
    line: 'Received: roles "Admin". Expected: role "admin". Did you mean "Admin"?',
  },
  scope_missing: {
    path: '/scope',
    token: claims({ scope: 'orders.read openid' }),
    line: 'Received: scopes "orders.read openid". Expected: scope "orders.write".',
  },
  claim_unreadable: {
    token: claims({ roles: 'viewer' }),
    line:
      `Received: claim "roles": a string, and "rolesFormat" is "array", ${tokenOfIssuer}. Expected: a form in which the roles can be read. ` +
      `Write rolesFormat: 'one-or-many'`,
  },
  mapping_unavailable: {
    options: providing(() => {
      throw new Error('database is down');
    }),
    line: 'Received: the mapping provider failed: database is down. Expected: the permissions of the caller.',
  },
  mapping_stale: {
    options: providing(() => {
      throw new MappingUnavailableError('mapping_stale', 'the mapping expired');
    }),
    line: 'Received: the mapping expired. Expected: the permissions of the caller.',
  },
  mapping_timeout: {
    options: providing(() => new Promise(() => undefined), 1),
    line: 'Received: the mapping provider did not answer within 1 ms.',
  },
  mapping_invalid: {
    options: providing(() => 'orders:read'),
    line: 'Received: the mapping provider must return a PermissionSet',
  },
  context_unknown: {
    call: ({ app }) => {
      const context = new ExecutionContextHost([{}], Orders, Orders.prototype.read);
      context.setType('telegram');
      return new Promise((resolve) => resolve(app.get(AuthzGuard).canActivate(context))).catch(() => undefined);
    },
    line: 'Received: a call over a transport that AuthzGuard does not know',
  },
  indeterminate: {
    before: () => void jest.spyOn(JwtStrategy.prototype, 'authenticate').mockImplementation(() => undefined),
    line: 'Received: a token for which the strategy returned no verdict',
  },
};

afterEach(() => void jest.restoreAllMocks());

onBothAdapters(({ start }) => {
  /** Starts an application that logs so, and has a call refused. */
  async function provoke(given: Case, { logger }: Pick<TriedLogger, 'logger'>, options: object = {}): Promise<AuthzTestApp> {
    given.before?.();
    // startAuthzApp() does not start without keys.
    if (given.isDown !== undefined) jest.spyOn(Authenticator.prototype, 'ready').mockResolvedValue();
    const app = await start(
      { controllers: [Orders], providers: [OrderById, Told] },
      { ...given.options, ...options },
      {
        override: (builder) => {
          const logging = builder.setLogger(logger);
          if (given.isDown === undefined) return logging;
          const settings = () =>
            parseAuthenticationSettings({
              ...OPTIONS,
              issuer: { issuer: OPTIONS.issuer, jwksUri: 'http://127.0.0.1:1/jwks', allowHttp: true },
            });
          return logging.overrideProvider(AUTHENTICATION_SETTINGS).useFactory({ factory: settings });
        },
      },
    );
    await Promise.resolve(given.call?.(app) ?? sent(app, given));
    return app;
  }
  const sent = (app: AuthzTestApp, { token, path = '/read' }: Case): ReturnType<TestCaller['get']> =>
    app.withToken(token?.(app) ?? app.token()).get(path);

  describe.each(LOGGERS)('with %s', (_name, create) => {
    it.each(REFUSAL_REASONS)('the operator sees at warn why a call was refused: %s', async (reason) => {
      const tried = create();
      const given = CASES[reason];
      const app = await provoke(given, tried);
      const [warning, ...others] = tried
        .lines()
        .filter(({ level, message }) => level === 'warn' && message.startsWith('Refused '));
      const [, name, said, words] = /^Refused (\S+): (\w+)\. (.*)$/.exec(warning?.message ?? '') ?? [];
      expect([name, said]).toEqual([expect.stringMatching(/^Orders\.\w+$/), reason]);
      if (typeof given.line === 'string') expect(words).toContain(given.line);
      else expect(words).toMatch(given.line);
      expect(others).toEqual([]);
      expect(
        tried.lines().filter(({ level, message }) => level === 'debug' && message.startsWith(`Refused ${name}: ${said}`)),
      ).toHaveLength(1);
      expect(app.app.get(Authz).diagnostics().refusals).toEqual({ total: 1, byReason: { [reason]: 1 } });
      expect(tried.lines().filter(({ message }) => /hidden|eyJ|gho_|password|secret of the old/.test(message))).toEqual([]);
    });
  });

  const pino = LOGGERS[2]![1];
  const refused = (tried: TriedLogger, at = 'warn') =>
    tried
      .lines()
      .filter(({ level, message }) => level === at && message.startsWith('Refused '))
      .map(({ message }) => message);

  it('says it once for each handler and reason, and at debug each time', async () => {
    const tried = pino();
    const app = await provoke(CASES.permission_missing, tried);
    await app.as('boss').get('/read').expect(403);
    await app.as('boss').get('/create').expect(403);
    await app.anonymous().get('/read').expect(401);
    expect(refused(tried).map((line) => line.split('. ')[0])).toEqual([
      'Refused Orders.read: permission_missing',
      'Refused Orders.create: permission_missing',
      'Refused Orders.read: token_missing',
    ]);
    expect(refused(tried, 'debug')).toHaveLength(4);
    expect(app.app.get(Authz).diagnostics().refusals).toEqual({
      total: 4,
      byReason: { permission_missing: 3, token_missing: 1 },
    });
  });

  it('a flood of different bad tokens writes one line, and none that names a subject', async () => {
    const tried = pino();
    const app = await provoke(CASES.audience_mismatch, tried);
    for (let each = 0; each < 50; each++)
      await app.withToken(app.token({ aud: `made-up-${each}`, sub: `mallory-${each}` })).get('/read');
    expect(refused(tried)).toHaveLength(1);
    expect(refused(tried).join()).not.toContain('mallory');
  });

  it('says nothing where `logRefusals` is false, and counts all the same', async () => {
    const tried = pino();
    const app = await provoke(CASES.permission_missing, tried, { logRefusals: false });
    expect(tried.lines().filter(({ message }) => message.startsWith('Refused'))).toEqual([]);
    expect(app.app.get(Authz).diagnostics().refusals).toEqual({ total: 1, byReason: { permission_missing: 1 } });
  });

  it('refuses an option "logRefusals" that is no boolean', async () => {
    await expect(start({ controllers: [Orders], providers: [OrderById, Told] }, { logRefusals: 'no' as never })).rejects.toThrow(
      '"logRefusals" must be true or false (default true), got "no".',
    );
  });

  it('a logger that throws changes no answer', async () => {
    const explode = (line: unknown) => {
      if (String(line).startsWith('Refused')) throw new Error('disk full');
    };
    const quiet = () => undefined;
    const app = await provoke(CASES.permission_missing, {
      logger: { log: quiet, error: quiet, warn: explode, debug: explode },
    });
    await app.as('boss').get('/read').expect(403);
  });

  it.each<[string, Partial<IssuerOptions>, Readonly<Record<string, unknown>>, string]>([
    [
      'Auth0 without an Action',
      {},
      { sub: 'auth0|64f0' },
      'Received: no roles (roles: absent) in a token of "https://id.acme.test". Expected: permission "orders:read". Auth0 writes no roles by itself: add an Action',
    ],
    [
      'the wrong claim path',
      {},
      { realm_access: { roles: ['viewer'] } },
      'no roles (roles: absent) in a token of "https://id.acme.test". Expected: permission "orders:read". ' +
        'The token has names in "realm_access.roles": if these are the roles, write that path into "roles" of the issuer.',
    ],
    [
      'the roles of a client in Keycloak',
      { roles: 'realm_access.roles' },
      { realm_access: {}, resource_access: { 'https://orders.acme.com': { roles: ['viewer'] } } },
      'no roles (realm_access.roles: absent) in a token of "https://id.acme.test". Expected: permission "orders:read". ' +
        'The token has names in ["resource_access","https://orders.acme.com","roles"]',
    ],
    ['an empty list', {}, { roles: [] }, 'no roles (roles: an empty list)'],
    ['nothing anywhere', {}, {}, 'Have the issuer write the roles into access tokens (a mapper, scope or action)'],
    [
      'permissions in the token',
      {},
      { permissions: ['orders:read'] },
      `The token names "orders:read" in "permissions". To let the issuer grant permissions, write tokenPermissions: { claim: 'permissions', combine: 'union' }`,
    ],
    [
      'a scope with the name of the permission',
      {},
      { roles: ['clerk'], scope: 'openid orders:read' },
      `The token names "orders:read" in "scope". To require the scope, write @RequireScopes(); to let the issuer grant permissions, write tokenPermissions: { claim: 'scope', combine: 'union' }`,
    ],
    [
      'a role that the mapping has, without the grant',
      {},
      { roles: ['clerk'] },
      'No role of the mapping (revision "r1") grants "orders:remove"',
    ],
    ['a role in upper case', {}, { roles: ['ROLE_VIEWER'] }, '"ROLE_VIEWER" (did you mean "viewer"?)'],
  ])('says what is missing on the first day: %s', async (_what, issuer, changes, words) => {
    @Controller()
    class Removing {
      @Get('read') @RequirePermissions('orders:read') read() {
        return 'in';
      }
      @Get('remove') @RequirePermissions('orders:remove') remove() {
        return 'in';
      }
    }
    const tried = pino();
    const mapping = { revision: 'r1', roles: { viewer: ['orders:read'], clerk: ['orders:create'] } };
    const app = await start(
      Removing,
      { ...withIssuer(issuer), mapping },
      {
        override: (builder) => builder.setLogger(tried.logger),
      },
    );
    await app
      .withToken(claims(changes)(app))
      .get(words.includes('orders:remove') ? '/remove' : '/read')
      .expect(403);
    expect(refused(tried)[0]).toContain(words);
  });

  it('escapes and shortens what a token names', async () => {
    const tried = pino();
    const odd = `x\r\nWARN all is lost\u001b[2J\u202e${'y'.repeat(500)}`;
    const app = await provoke({ token: claims({ roles: [odd], aud: odd }), line: '' }, tried);
    await app.as(odd).get('/read').expect(403);
    for (const line of refused(tried)) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(line.length).toBeLessThan(700);
    }
    expect(refused(tried)).toHaveLength(2);
  });
});
