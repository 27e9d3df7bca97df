import { Controller, Get, Delete } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AuthzModule, RequirePermissions, Public, CurrentPrincipal, Authz, type Principal } from '../../lib/index.js';
import { startAuthzApp } from '../../lib/testing/index.js';

@Controller('orders')
@RequirePermissions('orders:read')
class C {
  constructor(private readonly authz: Authz) {}
  @Get() list(@CurrentPrincipal() p: Principal) {
    return { s: p.subject, can: this.authz.can('orders:x') };
  }
  @Get('open') @Public() open() {
    return 'x';
  }
  @Delete() @RequirePermissions('orders:delete') del() {
    return 'x';
  }
}
describe.each([
  ['express', () => new ExpressAdapter()],
  ['fastify', () => new FastifyAdapter()],
])('%s', (_n, a) => {
  it('works', async () => {
    const app = await startAuthzApp(
      {
        imports: [
          AuthzModule.forRoot({
            issuer: 'https://id.acme.com',
            audience: 'x',
            mapping: { roles: { viewer: ['orders:read'], x: ['orders:*'] } },
          }),
        ],
        controllers: [C],
      },
      { adapter: a() as never },
    );
    const r = await app.as('viewer').get('/orders');
    console.log(r.status, r.headers, r.text);
    const r2 = await app.as('viewer').delete('/orders');
    console.log(r2.status, r2.headers, r2.text);
    const r3 = await app.anonymous().delete('/orders');
    console.log(r3.status, r3.headers, r3.text);
    await app.close();
  });
});
