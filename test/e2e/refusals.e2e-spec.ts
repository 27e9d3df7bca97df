import { Catch, Controller, Get, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import {
  Authenticated,
  Authz,
  AuthzRefusedException,
  CurrentPermissions,
  RequireAnyScope,
  RequirePermissions,
  RequireRoles,
  RequireScopes,
  type PermissionSet,
  type Principal,
} from '../../lib/index.js';
import type { AuthzTestApp } from '../../lib/testing/index.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters } from './on-both-adapters.js';
import { rawRequest } from './raw-request.js';

@Controller()
class Orders {
  constructor(private readonly authz: Authz) {}

  @Get('read') @RequirePermissions('orders:read') read() {
    return 'in';
  }
  @Get('create') @RequirePermissions('orders:create') create() {
    return 'in';
  }
  @Get('role') @RequireRoles('admin') role() {
    return 'in';
  }
  @Get('scopes') @RequireScopes('orders.read', 'orders.write') scopes() {
    return 'in';
  }
  @Get('any-scope') @RequireAnyScope('a', 'b') anyScope() {
    return 'in';
  }
  @Get('undecorated') undecorated() {
    return 'in';
  }
  @Get('assert') @Authenticated() assert() {
    this.authz.assert('orders:create');
    return 'in';
  }
  @Get('current') @Authenticated() current(@CurrentPermissions() permissions: PermissionSet) {
    return permissions.granted;
  }
}

const challenge = (error: string, description: string, more = '') =>
  `Bearer realm="api", error="${error}", error_description="${description}"${more}`;
const body = (statusCode: number, error: string, message: string) =>
  `{"statusCode":${statusCode},"error":"${error}","message":"${message}"}`;

const MISSING = { status: 401, body: body(401, 'unauthorized', 'An access token is required'), challenge: 'Bearer realm="api"' };
const INVALID = {
  status: 401,
  body: body(401, 'invalid_token', 'The access token is invalid'),
  challenge: challenge('invalid_token', 'The access token is invalid'),
};
const EXPIRED = {
  status: 401,
  body: body(401, 'invalid_token', 'The access token expired'),
  challenge: challenge('invalid_token', 'The access token expired'),
};
const TWICE = {
  status: 400,
  body: body(400, 'invalid_request', 'The request carries more than one access token'),
  challenge: challenge('invalid_request', 'The request carries more than one access token'),
};
const forbidden = (scope = '') => ({
  status: 403,
  body: body(403, 'insufficient_scope', 'The access token does not allow this request'),
  challenge: challenge('insufficient_scope', 'The access token does not allow this request', scope),
});
const UNAVAILABLE = {
  status: 503,
  body: body(503, 'temporarily_unavailable', 'Access cannot be decided at the moment'),
  challenge: undefined,
};

@Catch(AuthzRefusedException)
class ProblemFilter implements ExceptionFilter<AuthzRefusedException> {
  constructor(private readonly adapters: HttpAdapterHost) {}
  catch(exception: AuthzRefusedException, host: ArgumentsHost): void {
    const problem = { type: `urn:problem:${exception.reason}` };
    this.adapters.httpAdapter.reply(host.switchToHttp().getResponse(), problem, exception.getStatus());
  }
}

onBothAdapters(({ start }) => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    app = await start(Orders);
  });
  const bearer = (token: string) => [`Authorization: Bearer ${token}`];
  const as = (...roles: string[]) => bearer(app.token({ roles }));

  it.each<[string, string, () => string[], { status: number; body: string; challenge: string | undefined }]>([
    ['no token', '/read', () => [], MISSING],
    ['no token on an undecorated handler', '/undecorated', () => [], MISSING],
    ['two tokens', '/read', () => [...as('viewer'), ...as('viewer')], TWICE],
    ['a malformed token', '/read', () => bearer('a.b'), INVALID],
    ['another issuer', '/read', () => bearer(app.token({ iss: 'https://x.test' })), INVALID],
    ['another audience', '/read', () => bearer(app.token({ aud: 'x' })), INVALID],
    ['an unknown key', '/read', () => bearer(app.token({}, { kid: 'x' })), INVALID],
    ['a broken signature', '/read', () => bearer(`${app.token().slice(0, -8)}AAAAAAAA`), INVALID],
    ['an ID token', '/read', () => bearer(app.token({ nonce: 'n' }, { typ: 'JWT' })), INVALID],
    ['an expired token', '/read', () => bearer(app.token({ exp: 1 })), EXPIRED],
    ['a missing permission', '/read', () => as(), forbidden()],
    ['a denied permission', '/create', () => as('auditor'), forbidden()],
    ['a missing role', '/role', () => as('viewer'), forbidden()],
    ['an undecorated handler', '/undecorated', () => as('admin'), forbidden()],
    ['a failed authz.assert', '/assert', () => as('viewer'), forbidden()],
    ['all of two scopes missing', '/scopes', () => as('admin'), forbidden(', scope="orders.read orders.write"')],
    [
      'one of two scopes missing',
      '/scopes',
      () => bearer(app.token({ scope: 'orders.read' })),
      forbidden(', scope="orders.read orders.write"'),
    ],
    ['any of two scopes missing', '/any-scope', () => as('admin'), forbidden(', scope="a b"')],
  ])('%s has just this status, challenge and body', async (_name, path, headers, expected) => {
    const answer = await rawRequest(app, `GET ${path}`, headers());
    expect({ status: answer.status, body: answer.body, challenge: answer.headers['www-authenticate'] }).toEqual(expected);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['retry-after']).toBeUndefined();
  });

  it('responds with 503, Retry-After and no challenge to calls that cannot be decided', async () => {
    const provider = {
      permissionsFor: () => {
        throw new Error('database is down');
      },
    };
    const failing = await start(Orders, { mapping: { provider } });
    for (const path of ['/read', '/assert', '/current']) {
      const answer = await rawRequest(failing, `GET ${path}`, bearer(failing.token()));
      expect({ status: answer.status, body: answer.body, challenge: answer.headers['www-authenticate'] }).toEqual(UNAVAILABLE);
      expect(answer.headers['retry-after']).toBe('5');
    }
  });

  it('a filter of the application gets the reason, and the challenge stays', async () => {
    const filtered = await start(
      Orders,
      {},
      { configure: (nest) => nest.useGlobalFilters(new ProblemFilter(nest.get(HttpAdapterHost))) },
    );
    const answer = await filtered.as().get('/read').expect(HttpStatus.FORBIDDEN, { type: 'urn:problem:permission_missing' });
    expect(answer.headers['www-authenticate']).toBe(forbidden().challenge);
  });

  it('an exception filter of the application knows whose request was refused, and why', async () => {
    @Catch(AuthzRefusedException)
    class Telling implements ExceptionFilter {
      constructor(private readonly host: HttpAdapterHost) {}

      catch({ reason }: AuthzRefusedException, context: ArgumentsHost): void {
        const [{ user }, response] = context.getArgs<[{ user?: Principal }, unknown]>();
        this.host.httpAdapter.reply(response, { reason, who: user?.subject ?? 'no caller' }, 418);
      }
    }
    const filtered = await start({ controllers: [Orders], providers: [{ provide: APP_FILTER, useClass: Telling }] });
    const asAnn = filtered.withToken(filtered.token({ sub: 'ann' }));
    await asAnn.get('/create').expect(418, { reason: 'permission_missing', who: 'ann' });
    await filtered.anonymous().get('/create').expect(418, { reason: 'token_missing', who: 'no caller' });
  });

  describe('the log', () => {
    const log = new CapturedLog();
    beforeAll(async () => {
      app = await start(Orders, {}, log.here);
    });

    it('says why, for the operator', async () => {
      await app
        .withToken(app.token({ sub: 'ann' }))
        .get('/create')
        .expect(403);
      await app
        .withToken(app.token({ aud: 'x' }))
        .get('/create')
        .expect(401);
      expect(log.lines).toContain(
        'DEBUG Refused Orders.create: permission_missing. Received: no roles (roles: an empty list) in a token of "https://id.acme.test". ' +
          'Expected: permission "orders:create". Assign a role to the caller at the issuer. ' +
          'Subject "ann" of "https://id.acme.test", mapping revision "r1". Authz',
      );
      expect(log.lines).toContain(
        'DEBUG Refused Orders.create: audience_mismatch. Received: aud "x", in a token of "https://id.acme.test". Expected: "orders". ' +
          'Have the client request a token for this API. If tokens for this service name another audience, write that into "audience". Authz',
      );
    });

    it('names from a token are escaped in the log and cannot forge a line', async () => {
      await app
        .withToken(app.token({ sub: 'ann\nERROR all is lost\u001b[31m\u2028' }))
        .get('/create')
        .expect(403);
      expect(log.matching(/all is lost/)).toEqual([expect.stringContaining('Subject "ann\\nERROR all is lost\\u001b[31m')]);
      // eslint-disable-next-line no-control-regex -- control characters are what must not be there
      expect(log.matching(/[\u0000-\u001f\u007f\u2028\u2029]/)).toEqual([]);
    });

    it('a long name from a token does not flood the log', async () => {
      await app
        .withToken(app.token({ sub: 'x'.repeat(5000) }))
        .get('/create')
        .expect(403);
      expect(Math.max(...log.lines.map((line) => line.length))).toBeLessThan(600);
    });

    it('no header, body or log line holds a token, a part of it or what was expected of it', async () => {
      const paths = ['/read', '/create', '/role', '/scopes', '/undecorated', '/assert'];
      const claims = [
        { roles: ['viewer'] },
        { exp: 1 },
        { aud: 'secret-audience' },
        { iss: 'https://secret.test' },
        { nonce: 'n' },
        { sub: 7 },
      ];
      const tokens = claims.flatMap((each) => [app.token(each), `${app.token(each).slice(0, -6)}AAAAAA`]);
      const seen: string[] = [];
      for (const token of tokens)
        for (const path of paths) seen.push(JSON.stringify(await rawRequest(app, `GET ${path}`, bearer(token))));
      const written = [...seen, ...log.lines].join('\n');
      for (const token of tokens) for (const part of token.split('.')) expect(written).not.toContain(part.slice(0, 40));
      expect(seen.join('\n')).not.toMatch(/secret|id\.acme\.test|RS256|orders:|\bat \S+:\d+/);
    });
  });
});
