import { Controller, Inject, Post, Req, Res, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Public } from '../../../authorization/index.js';
import { BackChannelLogout } from './back-channel-logout.js';
import { LAST_ANSWER, sendAnswer, type HttpAnswer } from '../routes/http-answer.js';
import { TakesBody } from '../routes/prepare-route.js';
import { mediaType, readBody, type IncomingRequest } from '../routes/read-body.js';
import { FAULTS, type FaultName } from '../tokens/token-fault.js';
import type { Outcome } from '../tokens/token-receiver.js';

/** What a provider posts (OpenID Connect Back-Channel Logout 1.0 section 2.5). */
export const LOGOUT_MEDIA_TYPE = 'application/x-www-form-urlencoded';

/** Takes logout tokens. The token says who sends it, so the guard asks for none. */
abstract class LogoutEndpoint {
  constructor(
    @Inject(BackChannelLogout) private readonly logout: BackChannelLogout,
    @Inject(HttpAdapterHost) private readonly adapters: HttpAdapterHost,
  ) {}

  @Post()
  @Public()
  @TakesBody(LOGOUT_MEDIA_TYPE)
  async receive(@Req() request: IncomingRequest, @Res() response: object): Promise<void> {
    sendAnswer(this.adapters.httpAdapter, response, logoutAnswer(await this.outcomeOf(request)));
  }

  private async outcomeOf(request: IncomingRequest): Promise<Outcome> {
    if (mediaType(request) !== LOGOUT_MEDIA_TYPE) return { kind: 'refused', fault: 'body' };
    const body = await readBody(request).catch(() => ({ text: '' })); // cut off
    if (typeof body === 'string') return { kind: 'refused', fault: body };
    return this.logout.receive('form' in body ? body.form['logout_token'] : fieldOf(body.text));
  }
}

/** Sent twice, it is none: two readers could take it for different ones. */
function fieldOf(text: string): unknown {
  const values = new URLSearchParams(text).getAll('logout_token');
  return values.length > 1 ? values : values[0];
}

/** OpenID Connect Back-Channel Logout 1.0 section 2.8. */
function logoutAnswer(outcome: Outcome): HttpAnswer {
  const headers = { 'Cache-Control': 'no-store' };
  if (outcome.kind === 'done') return { status: 200, headers };
  if (outcome.kind === 'refused') return logoutRefusal(outcome.fault);
  return { status: 503, headers: { ...headers, 'Retry-After': String(outcome.retryAfterSeconds) } };
}

/** What is answered to a request that is refused. */
export function logoutRefusal(fault: FaultName): HttpAnswer {
  return {
    status: 400,
    headers: { 'Cache-Control': 'no-store', ...(fault === 'endless' && LAST_ANSWER) },
    body: { error: 'invalid_request', error_description: FAULTS[fault].description },
  };
}

/** The controller at a path of the application's choice, under every version of its routes. */
export function logoutControllerAt(path: string): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  class BackChannelLogoutController extends LogoutEndpoint {}
  return BackChannelLogoutController;
}
