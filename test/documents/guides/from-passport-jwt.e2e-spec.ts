import jwt, { type SignOptions } from 'jsonwebtoken';
import { Guide, shown, type RunningGuide } from '../guide.js';
import { filesBefore, statusesOf, type Ask } from './before-and-after.js';
import { NEST_NEW } from './nest-new.js';

const guide = Guide.read('from-passport-jwt');
const env = { JWT_SECRET: 'the secret of the old login, 40 bytes long' };
const MARIA = { sub: 1, username: 'maria', roles: ['viewer'] };
const sign = (claims: object, options: SignOptions = { expiresIn: '1h' }) => jwt.sign(claims, env.JWT_SECRET, options);
const viewer = sign(MARIA);

const SAME: Record<string, Ask> = {
  'no token': { path: '/orders' },
  'no token, a handler for any user': { path: '/orders/mine' },
  'no token, a handler without guards': { path: '/health' },
  'a viewer reads': { path: '/orders', token: viewer },
  'a viewer deletes': { method: 'DELETE', path: '/orders/1', token: viewer },
  'a clerk reads': { path: '/orders', token: sign({ ...MARIA, roles: ['clerk'] }) },
  'a clerk deletes': { method: 'DELETE', path: '/orders/1', token: sign({ ...MARIA, roles: ['clerk'] }) },
  'an admin reads': { path: '/orders', token: sign({ ...MARIA, roles: ['admin'] }) },
  'an admin deletes': { method: 'DELETE', path: '/orders/1', token: sign({ ...MARIA, roles: ['admin'] }) },
  'an unknown role reads': { path: '/orders', token: sign({ ...MARIA, roles: ['guest'] }) },
  'no roles, a handler for any user': { path: '/orders/mine', token: sign({ sub: 1 }) },
  'no roles, reads': { path: '/orders', token: sign({ sub: 1 }) },
  'an expired token': { path: '/orders', token: sign(MARIA, { expiresIn: '-1h' }) },
  'a token of another secret': {
    path: '/orders',
    token: jwt.sign(MARIA, 'another secret that has at least 32 bytes', { expiresIn: '1h' }),
  },
  'no token but something else': { path: '/orders', token: 'abc' },
};
const STRICTER: Record<string, Ask> = {
  'no exp': { path: '/orders', token: sign(MARIA, {}) },
  'no sub': { path: '/orders', token: sign({ roles: ['viewer'] }) },
  HS384: { path: '/orders', token: sign(MARIA, { expiresIn: '1h', algorithm: 'HS384' }) },
  HS512: { path: '/orders', token: sign(MARIA, { expiresIn: '1h', algorithm: 'HS512' }) },
  'an iss': { path: '/orders', token: sign({ ...MARIA, iss: 'https://login.acme.com' }) },
  'roles in a string': { path: '/orders', token: sign({ ...MARIA, roles: 'old-viewer' }) },
};

/** The same guards for all handlers, as in Nest's documentation. */
const GLOBAL_GUARD = `
import { SetMetadata, type ExecutionContext } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { JwtAuthGuard } from './jwt.strategy.js';
import { RolesGuard } from './roles.guard.js';

export const Public = () => SetMetadata('isPublic', true);

class GlobalJwtAuthGuard extends JwtAuthGuard {
  canActivate(context: ExecutionContext) {
    return new Reflector().get('isPublic', context.getHandler()) || super.canActivate(context);
  }
}
export const GLOBAL_GUARDS = [GlobalJwtAuthGuard, RolesGuard].map((useClass) => ({ provide: APP_GUARD, useClass }));
`;

describe('the guide for passport-jwt', () => {
  let before: RunningGuide;
  let between: RunningGuide;
  let after: RunningGuide;
  beforeAll(async () => {
    const old = filesBefore(guide);
    before = await (await guide.project({}, { ...NEST_NEW, ...old })).start({ env });
    const withBoth = { ...old, 'src/app.module.ts': guide.block("undecorated: 'authenticated'").content };
    between = await (await guide.project({}, { ...NEST_NEW, ...withBoth })).start({ env });
    after = await (await guide.project({}, NEST_NEW)).start({ env });
  });

  it('keeps the status of each request, with the old controller and with the migrated one', async () => {
    const expected = await statusesOf(before, SAME);
    expect(Object.values(expected)).toEqual([401, 401, 200, 200, 403, 200, 403, 200, 200, 403, 200, 403, 401, 401, 401]);
    expect(await statusesOf(between, SAME)).toEqual(expected);
    expect(await statusesOf(after, SAME)).toEqual(expected);
  });

  it('keeps the status of each request if the old guards are global and have a @Public() of their own', async () => {
    const { 'src/orders.controller.ts': controller = '', ...old } = filesBefore(guide);
    const files = {
      ...NEST_NEW,
      ...old,
      'src/global.guard.ts': GLOBAL_GUARD,
      'src/orders.controller.ts': controller.replace('@UseGuards(JwtAuthGuard, RolesGuard)\n', ''),
      'src/app.module.ts': guide
        .block("undecorated: 'authenticated'")
        .content.replace('import', "import { GLOBAL_GUARDS, Public as OldPublic } from './global.guard.js';\nimport")
        .replace('@Get() @Public()', '@Get() @OldPublic() @Public()')
        .replace('[JwtStrategy]', '[JwtStrategy, ...GLOBAL_GUARDS]'),
    };
    const service = await (await guide.project({}, files)).start({ env });
    expect(await statusesOf(service, SAME)).toEqual(await statusesOf(before, SAME));
  });

  it('refuses the tokens that the guide names, which passport-jwt accepts', async () => {
    const refused = { 'no exp': 401, 'no sub': 401, HS384: 401, HS512: 401, 'an iss': 401, 'roles in a string': 403 };
    expect(new Set(Object.values(await statusesOf(before, STRICTER)))).toEqual(new Set([200]));
    expect(await statusesOf(after, STRICTER)).toEqual(refused);
  });

  it('gives both controllers the user that they expect', async () => {
    const headers = { authorization: `Bearer ${viewer}` };
    const bodies = [before, between, after].map(async ({ url }) => (await fetch(`${url}/orders`, { headers })).text());
    expect(await Promise.all(bodies)).toEqual(['orders for 1', 'orders for 1', 'orders for 1']);
  });

  it('logs the lines that the guide shows', async () => {
    expect(between.output()).toMatch(shown(guide.block('[Authz] Guarding')));
    const forgotten = await guide.project(
      { '@Authenticated() mine': 'mine', "undecorated: 'authenticated'": "undecorated: 'deny'" },
      NEST_NEW,
    );
    const service = await forgotten.start({ env });
    expect(service.output()).toMatch(shown(guide.block('is refused: no decorator')));
    expect(await statusesOf(service, { mine: { path: '/orders/mine', token: viewer } })).toEqual({ mine: 403 });
  });

  it('does not start with a short secret', async () => {
    const project = await guide.project({}, NEST_NEW);
    await expect(project.start({ env: { JWT_SECRET: 'secret' } })).rejects.toThrow('legacyIssuer({ key })');
  });
});
