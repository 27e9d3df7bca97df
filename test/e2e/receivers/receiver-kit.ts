import { randomUUID } from 'node:crypto';
import { Controller, Get, type DynamicModule } from '@nestjs/common';
import { Authenticated, Revocations, type AuthzModuleOptions } from '../../../lib/index.js';
import type { AuthzTestApp, StubIssuer } from '../../../lib/testing/index.js';
import type { RevocationFeed } from '../../../lib/revocation/index.js';
import { CapturedLog } from '../captured-log.js';
import { OPTIONS, type OnAdapter } from '../on-both-adapters.js';

/** The issuer whose access tokens the applications accept; a provider of the test signs its logouts. */
export const ISSUER = OPTIONS.issuer;

export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
export const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
export const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';

@Controller('orders')
export class Orders {
  @Get() @Authenticated() list() {
    return [];
  }
}

/** An application with revocation and the given receivers. */
export function startReceiver(
  { start }: Pick<OnAdapter, 'start'>,
  imports: readonly DynamicModule[],
  feed: RevocationFeed | null = null,
  log = new CapturedLog(),
  authz: Partial<AuthzModuleOptions> = {},
): Promise<AuthzTestApp> {
  return start(
    { controllers: [Orders], imports: [...imports] },
    { maxTokenLifetimeSeconds: 3600, revocation: { feed }, ...authz },
    log.here,
  );
}

export const now = () => Math.floor(Date.now() / 1000);

/** Removes the claims and header members that a stub issuer would add by itself. */
const BARE = { sub: undefined, client_id: undefined, exp: undefined };

/** A logout token as a provider sends it. */
export function logoutToken(idp: StubIssuer, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string {
  return idp.token(
    { ...BARE, iss: ISSUER, aud: 'shop-web', exp: now() + 120, sub: 'carl', events: { [LOGOUT_EVENT]: {} }, ...claims },
    { typ: 'logout+jwt', ...header },
  );
}

/** A security event token as a transmitter sends it. */
export function eventToken(idp: StubIssuer, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string {
  return idp.token(
    {
      ...BARE,
      iss: ISSUER,
      aud: 'orders-receiver',
      sub_id: { format: 'iss_sub', iss: ISSUER, sub: 'carl' },
      events: { [`${CAEP}session-revoked`]: { event_timestamp: now() } },
      ...claims,
    },
    { typ: 'secevent+jwt', ...header },
  );
}

/** The rules in force, as `kind issuer value`. */
export const rulesOf = (app: AuthzTestApp) =>
  app.app
    .get(Revocations)
    .list()
    .map(({ kind, issuer, value }) => ({ kind, issuer, value }));

/** A token that is valid until it is revoked. */
export const accessToken = (app: AuthzTestApp, claims: Record<string, unknown> = {}) =>
  app.token({ sub: 'carl', sid: 's1', jti: randomUUID(), ...claims });

export const isAccepted = async (app: AuthzTestApp, token: string) => {
  const { status } = await app.withToken(token).get('/orders');
  return status === 200;
};
