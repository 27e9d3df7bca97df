import { Controller, Inject, Post, Req, Res, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Public } from '../../../authorization/index.js';
import { BackChannelLogout } from './back-channel-logout.js';
import { CLOSE_CONNECTION, sendResponse, type RouteResponse } from '../routes/route-response.js';
import { TakesBody } from '../routes/prepare-route.js';
import { mediaType, readBody, type IncomingRequest } from '../routes/read-body.js';
import { FAULTS, type FaultName } from '../tokens/token-fault.js';
import type { Outcome } from '../tokens/outcome.js';

/** Media type of a logout request (OpenID Connect Back-Channel Logout 1.0 section 2.5). */
export const LOGOUT_MEDIA_TYPE = 'application/x-www-form-urlencoded';

/** Receives logout tokens. A logout token proves its sender, so the guard requires no access token. */
abstract class LogoutEndpoint {
  constructor(
    @Inject(BackChannelLogout) private readonly logout: BackChannelLogout,
    @Inject(HttpAdapterHost) private readonly adapters: HttpAdapterHost,
  ) {}

  @Post()
  @Public()
  @TakesBody(LOGOUT_MEDIA_TYPE)
  async receive(@Req() request: IncomingRequest, @Res() response: object): Promise<void> {
    sendResponse(this.adapters.httpAdapter, response, logoutResponse(await this.outcomeOf(request)));
  }

  private async outcomeOf(request: IncomingRequest): Promise<Outcome> {
    if (mediaType(request) !== LOGOUT_MEDIA_TYPE) return { kind: 'refused', fault: 'body' };
    const body = await readBody(request).catch(() => ({ text: '' })); // the connection broke
    if (typeof body === 'string') return { kind: 'refused', fault: body };
    return this.logout.receive('form' in body ? body.form['logout_token'] : fieldOf(body.text));
  }
}

/** A field that occurs twice counts as absent: two parsers could read it differently. */
function fieldOf(text: string): unknown {
  const values = new URLSearchParams(text).getAll('logout_token');
  return values.length > 1 ? values : values[0];
}

/** OpenID Connect Back-Channel Logout 1.0 section 2.8. */
function logoutResponse(outcome: Outcome): RouteResponse {
  const headers = { 'Cache-Control': 'no-store' };
  if (outcome.kind === 'done') return { status: 200, headers };
  if (outcome.kind === 'refused') return logoutRefusal(outcome.fault);
  return { status: 503, headers: { ...headers, 'Retry-After': String(outcome.retryAfterSeconds) } };
}

/** The response to a refused request. */
export function logoutRefusal(fault: FaultName): RouteResponse {
  return {
    status: 400,
    headers: { 'Cache-Control': 'no-store', ...(fault === 'endless' && CLOSE_CONNECTION) },
    body: { error: 'invalid_request', error_description: FAULTS[fault].description },
  };
}

/** Makes the controller at the path that the application chose, for every version of its routes. */
export function logoutControllerAt(path: string): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  class BackChannelLogoutController extends LogoutEndpoint {}
  return BackChannelLogoutController;
}
