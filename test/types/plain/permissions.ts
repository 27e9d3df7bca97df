// An application that has declared nothing: every name is a plain string. Each @ts-expect-error stands for a mistake that must not
// compile all the same.
import {
  AuthzModule,
  CurrentPrincipal,
  fileMapping,
  PermissionSet,
  Public,
  RequireAnyPermission,
  RequireAnyRole,
  RequirePermissions,
  RequireRoles,
  RequireScopes,
  type Authz,
  type CallerAuthz,
  type MappingDocument,
  type MappingProvider,
  type Permission,
  type PermissionPattern,
  type Principal,
} from 'nestjs-authz';

declare const authz: Authz;
declare const caller: CallerAuthz;
declare const anyString: string;

// Any string will do

@RequirePermissions('orders:read', anyString)
@RequireAnyPermission('whatever')
@RequireRoles('clerk')
@RequireAnyRole('clerk', 'viewer')
@RequireScopes('orders.read')
export class Plain {
  @Public()
  handler(@CurrentPrincipal() _principal: Principal, @CurrentPrincipal('subject') _subject: string) {
    return undefined;
  }
}

authz.can(anyString, 'whatever');
authz.assert(anyString);
caller.can(anyString);
new PermissionSet([anyString], [anyString]).covers(anyString);
export const permission: Permission = anyString;
export const pattern: PermissionPattern = anyString;
export const mapping: MappingDocument = { roles: { [anyString]: [anyString], clerk: { permissions: [anyString], deny: ['*'] } } };

export class Provider implements MappingProvider {
  permissionsFor(roles: readonly string[]) {
    return Promise.resolve(roles);
  }
}

AuthzModule.forRoot({ issuer: 'https://id.acme.com', audience: 'orders', mapping });
AuthzModule.forRoot({ issuer: 'https://id.acme.com', audience: null, mapping: fileMapping('mapping.yaml') });
AuthzModule.forRoot({ issuer: 'https://id.acme.com', audience: ['a', 'b'], mapping: { provider: Provider } });

// Mistakes

// @ts-expect-error no permission at all
RequirePermissions();
// @ts-expect-error no role at all
RequireRoles();
// @ts-expect-error no scope at all
RequireScopes();
// @ts-expect-error no permission at all
authz.can();
// @ts-expect-error no member of a principal
CurrentPrincipal('sub');
// @ts-expect-error without a mapping
AuthzModule.forRoot({ issuer: 'https://id.acme.com', audience: null });
// @ts-expect-error without an issuer
AuthzModule.forRoot({ audience: null, mapping });
AuthzModule.forRoot({
  issuer: 'https://id.acme.com',
  audience: null,
  mapping,
  // @ts-expect-error an algorithm that would make a public key a secret
  algorithms: ['HS256'],
});
AuthzModule.forRoot({
  issuer: 'https://id.acme.com',
  audience: null,
  mapping,
  // @ts-expect-error no such option
  audiences: ['orders'],
});
