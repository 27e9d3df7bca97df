// An application that has declared its permissions. Each @ts-expect-error stands for a mistake that must not compile.
import {
  AuthzModule,
  PermissionSet,
  RequireAnyPermission,
  RequirePermissions,
  type Authz,
  type CallerAuthz,
  type MappingDocument,
  type MappingProvider,
  type Permission,
} from 'nestjs-authz';

declare module 'nestjs-authz' {
  interface AuthzTypes {
    permissions: 'orders:read' | 'orders:items:read' | 'audit';
  }
}

declare const authz: Authz;
declare const caller: CallerAuthz;

// Decorators

@RequirePermissions('orders:read', 'orders:items:read')
@RequireAnyPermission('orders:read', 'audit')
export class Declared {}

RequirePermissions(
  // @ts-expect-error a typo
  'order:read',
);
RequirePermissions(
  'orders:read',
  // @ts-expect-error a typo behind a good name
  'orders:rea',
);
RequireAnyPermission(
  // @ts-expect-error a typo
  'orders:item:read',
);
RequirePermissions(
  // @ts-expect-error patterns live in the mapping only
  'orders:*',
);
// @ts-expect-error no permission at all
RequirePermissions();
// @ts-expect-error no permission at all
RequireAnyPermission();

// Questions about the caller

authz.can('orders:read', 'audit');
authz.assert('orders:items:read');
caller.can('audit');
// @ts-expect-error a typo
authz.can('orders:rea');
// @ts-expect-error a typo
authz.assert('order:read');
// @ts-expect-error a typo
caller.can('audits');
// @ts-expect-error a pattern
authz.can('orders:*');
// @ts-expect-error no permission at all
authz.can();
// @ts-expect-error no permission at all
authz.assert();

// Sets of permissions

const held = new PermissionSet(['orders:*', 'audit'], ['orders:items:read']);
held.covers('orders:read');
held.denies('audit');
// @ts-expect-error a typo
held.covers('orders:reed');
// @ts-expect-error a pattern
held.covers('orders:*');
// @ts-expect-error a typo
held.denies('audi');
// @ts-expect-error a typo among the grants
new PermissionSet(['ordrs:read']);
// @ts-expect-error a typo among the denials
new PermissionSet([], ['orders:itms:*']);

// The mapping

export const mapping: MappingDocument = {
  roles: {
    all: ['*'],
    orders: ['orders:*', 'orders:items:*', 'orders:*:read', '*:read', '*:items:read', '*:*', 'orders:*:*'],
    clerk: { inherits: ['orders'], permissions: ['orders:read'], deny: ['orders:items:*'], description: 'Any text.' },
  },
};
AuthzModule.forRoot({ issuer: 'https://id.acme.com', audience: null, mapping });
AuthzModule.forRootAsync({ useFactory: () => ({ issuer: 'https://id.acme.com', audience: null, mapping }) });

export const mistaken: MappingDocument = {
  roles: {
    permission: [
      // @ts-expect-error a typo
      'orders:reed',
    ],
    pattern: [
      // @ts-expect-error a pattern that covers nothing declared
      'ordrs:*',
    ],
    deeper: [
      // @ts-expect-error the same further down
      'orders:itms:*',
    ],
    tooDeep: [
      // @ts-expect-error nothing declared has four segments
      'orders:items:read:*',
    ],
    partial: [
      // @ts-expect-error a star stands for a whole segment
      'orders:it*',
    ],
    denied: {
      deny: [
        // @ts-expect-error a typo in a denial
        'audits',
      ],
    },
    granted: {
      permissions: [
        // @ts-expect-error a typo in a grant
        'audits',
      ],
    },
    member: {
      // @ts-expect-error no member of a role
      permission: ['audit'],
    },
  },
};

AuthzModule.forRoot({
  issuer: 'https://id.acme.com',
  audience: null,
  mapping: {
    roles: {
      // @ts-expect-error a typo where the options are written
      clerk: ['ordrs:*'],
    },
  },
});

export class MistakenProvider implements MappingProvider {
  // @ts-expect-error a typo in what a provider gives
  permissionsFor() {
    return ['ordrs:read'] as const;
  }
}

// The names

export const name: Permission = 'orders:read';
// @ts-expect-error only what is declared
export const other: Permission = 'orders:write';
