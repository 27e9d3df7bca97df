/** Identifiers of the APIs: each API expects its own in `aud`. */
export const SHOP_API = 'https://api.shop.example';
export const BILLING_API = 'https://billing.shop.example';
export const AUTHORITY_API = 'https://authority.shop.example';

export const APIS: readonly string[] = [SHOP_API, BILLING_API, AUTHORITY_API];

/** Redirect URI of the shop's web page. No server listens there: the walk-through reads the code from the redirect. */
export const REDIRECT_URI = 'http://127.0.0.1/callback';

/** Role names per API. The identity provider does not know their permissions. */
type Roles = Readonly<Record<string, readonly string[]>>;

export interface User {
  readonly password: string;
  readonly roles: Roles;
}

export interface ServiceAccount {
  readonly secret: string;
  readonly roles: Roles;
  /** Lifetime of its access tokens, in seconds. */
  readonly tokenSeconds: number;
}

export const USERS: ReadonlyMap<string, User> = new Map([
  ['vera', { password: 'vera-password', roles: { [SHOP_API]: ['viewer'] } }],
  ['carl', { password: 'carl-password', roles: { [SHOP_API]: ['clerk'], [BILLING_API]: ['reader'] } }],
  [
    'anna',
    { password: 'anna-password', roles: { [SHOP_API]: ['admin'], [BILLING_API]: ['bookkeeper'], [AUTHORITY_API]: ['admin'] } },
  ],
]);

/** Programs that call as themselves (client_credentials). */
export const SERVICE_ACCOUNTS: ReadonlyMap<string, ServiceAccount> = new Map([
  ['orders', { secret: 'orders-secret', roles: { [AUTHORITY_API]: ['service'] }, tokenSeconds: 3600 }],
  ['catalog', { secret: 'catalog-secret', roles: { [AUTHORITY_API]: ['service'] }, tokenSeconds: 3600 }],
  ['billing', { secret: 'billing-secret', roles: { [AUTHORITY_API]: ['service'] }, tokenSeconds: 3600 }],
  ['authority', { secret: 'authority-secret', roles: {}, tokenSeconds: 3600 }], // ends sessions at the identity provider
  ['robot', { secret: 'robot-secret', roles: { [SHOP_API]: ['restocker'] }, tokenSeconds: 3600 }],
  // Its tokens expire after a second, so that the walk-through can show an expired token without a wait of an hour.
  ['hasty-robot', { secret: 'hasty-robot-secret', roles: { [SHOP_API]: ['restocker'] }, tokenSeconds: 1 }],
]);

/** Returns the roles of a user or service account at an API. */
export function rolesOf(name: string, api: string): readonly string[] {
  return (USERS.get(name) ?? SERVICE_ACCOUNTS.get(name))?.roles[api] ?? [];
}
