import { AuthzModule, RequirePermissions, type Authz } from 'nestjs-authz';
declare module 'nestjs-authz' {
  interface AuthzTypes {
    permissions: 'orders:read' | 'orders:items:read';
  }
}
RequirePermissions('orders:read');
// @ts-expect-error a typo
RequirePermissions('order:read');
declare const authz: Authz;
authz.can('orders:read');
// @ts-expect-error a typo
authz.can('orders:rea');
// @ts-expect-error no permission at all
authz.can();
AuthzModule.forRoot({
  issuer: 'https://id.acme.com',
  audience: null,
  mapping: { roles: { a: ['orders:*', 'orders:items:*', '*'] } },
});
// @ts-expect-error a typo
AuthzModule.forRoot({ issuer: 'https://id.acme.com', audience: null, mapping: { roles: { a: ['ordrs:*'] } } });
