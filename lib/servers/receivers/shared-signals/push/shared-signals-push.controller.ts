import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Inject, Post, Req, Res, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Public } from '../../../../authorization/index.js';
import { CLOSE_CONNECTION, sendResponse, type RouteResponse } from '../../routes/route-response.js';
import { TakesBody } from '../../routes/prepare-route.js';
import { mediaType, readBody, type IncomingRequest } from '../../routes/read-body.js';
import type { SharedSignalsPushSettings } from './shared-signals-push-settings.js';
import { SharedSignals } from '../shared-signals.js';
import { FAULTS, type FaultName } from '../../tokens/token-fault.js';
import type { Outcome } from '../../tokens/outcome.js';

/** Injection token of the checked options. */
export const PUSH_SETTINGS = Symbol('authz:push-settings');

/** Media type of a pushed token (RFC 8935 section 2.1). */
export const EVENT_MEDIA_TYPE = 'application/secevent+jwt';

/** Receives security event tokens. A token proves its sender, so the guard requires no access token. */
abstract class EventsEndpoint {
  constructor(
    @Inject(SharedSignals) private readonly signals: SharedSignals,
    @Inject(PUSH_SETTINGS) private readonly settings: SharedSignalsPushSettings,
    @Inject(HttpAdapterHost) private readonly adapters: HttpAdapterHost,
  ) {}

  @Post()
  @Public()
  @TakesBody(EVENT_MEDIA_TYPE)
  async receive(@Req() request: IncomingRequest, @Res() response: object): Promise<void> {
    sendResponse(this.adapters.httpAdapter, response, pushResponse(await this.outcomeOf(request)));
  }

  private async outcomeOf(request: IncomingRequest): Promise<Outcome> {
    if (!this.isAuthorized(request)) return { kind: 'refused', fault: 'authorization' };
    if (mediaType(request) !== EVENT_MEDIA_TYPE) return { kind: 'refused', fault: 'body' };
    const body = await readBody(request).catch(() => ({ text: '' })); // the connection broke
    if (typeof body === 'string') return { kind: 'refused', fault: body };
    return 'text' in body ? this.signals.receive(body.text) : { kind: 'refused', fault: 'body' };
  }

  private isAuthorized({ headers }: IncomingRequest): boolean {
    const { authorization } = this.settings;
    return authorization === undefined || timingSafeEqual(digest(headers.authorization ?? ''), digest(authorization));
  }
}

/** Digests have one length, so the comparison takes the same time for any value. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** RFC 8935 sections 2.2 to 2.4. */
function pushResponse(outcome: Outcome): RouteResponse {
  const headers = { 'Cache-Control': 'no-store' };
  if (outcome.kind === 'done') return { status: 202, headers };
  if (outcome.kind === 'refused') return pushRefusal(outcome.fault);
  return { status: 503, headers: { ...headers, 'Retry-After': String(outcome.retryAfterSeconds) } };
}

/** The response to a refused request. */
export function pushRefusal(fault: FaultName): RouteResponse {
  const headers = { 'Cache-Control': 'no-store', 'Content-Language': 'en', ...(fault === 'endless' && CLOSE_CONNECTION) };
  // RFC 9110 section 15.5.2: a missing or wrong header is 401, with a challenge.
  return fault === 'authorization'
    ? { status: 401, headers: { ...headers, 'WWW-Authenticate': 'Bearer' }, body: FAULTS[fault] }
    : { status: 400, headers, body: FAULTS[fault] };
}

/** Makes the controller at the path that the application chose, for every version of its routes. */
export function eventsControllerAt(path: string): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  class SecurityEventsController extends EventsEndpoint {}
  return SecurityEventsController;
}
