import { standingIn, stateOf, type CallScope, type RunningCall, type Standing } from '../authorization/index.js';
import { ownClaim, shown, type Principal } from '../core/index.js';
import type { Revocations } from '../revocation/index.js';
import { OutboundError } from './outbound.error.js';

/** The parts of AuthzModule that provide the caller. */
export interface CallerHost {
  readonly scope: Pick<CallScope, 'current'>;
  readonly revocations: Pick<Revocations, 'check'>;
  readonly clockToleranceSeconds: number;
  /** The only issuer that the application trusts; `undefined` with several issuers or a resolver. */
  readonly soleIssuer: string | undefined;
}

/** The verified token of the current caller. */
export interface CallerToken {
  readonly token: string;
  readonly principal: Principal;
}

/**
 * Returns the current caller's token. It was valid when the call began; a stream or a slow handler may outlast it.
 * @param target For messages.
 * @throws OutboundError
 */
function callerToken({ scope, revocations }: CallerHost, target: string, toleranceSeconds: number): CallerToken {
  const { token, principal } = caller(scope.current(), target);
  if (Date.now() / 1000 >= principal.expiresAt + toleranceSeconds)
    throw new OutboundError('caller_token_ended', target, "the caller's token has expired since the call began.");
  const reason = revocations.check(principal);
  if (reason === 'token_revoked')
    throw new OutboundError('caller_token_revoked', target, "the caller's token was revoked since the call began.");
  if (reason !== undefined)
    throw new OutboundError(
      'unavailable',
      target,
      `the revocations that apply to the caller's token are not available (${reason}).`,
    );
  return { token, principal };
}

/**
 * Returns the current caller's token for a token exchange (RFC 8693). Allows no clock tolerance: a token exchanged after `exp` could not be kept.
 * @param issuers Issuers whose tokens may be sent to the provider.
 * @throws OutboundError
 */
export function exchangeable(host: CallerHost, target: string, issuers: ReadonlySet<string>): CallerToken {
  const known = callerToken(host, target, 0);
  if (issuers.has(known.principal.issuer)) return known;
  throw new OutboundError(
    'issuer_mismatch',
    target,
    `the caller's token comes from ${shown(known.principal.issuer)}, whose tokens are not sent to the provider of "client". If the provider may see them, add the issuer to "client.exchangeIssuers".`,
  );
}

/**
 * Returns the current caller's token to be forwarded to the target.
 * @param audience Required value of `aud`; `null` accepts any.
 * @throws OutboundError
 */
export function forwardable(host: CallerHost, target: string, audience: string | null): string {
  const { token, principal } = callerToken(host, target, host.clockToleranceSeconds);
  if (ownClaim(principal.claims, 'cnf') !== undefined)
    throw new OutboundError(
      'caller_token_bound',
      target,
      'the caller\'s token is bound to a key ("cnf") that this service does not have. Exchange it: token: "exchange".',
    );
  const aud = ownClaim(principal.claims, 'aud');
  const names: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audience === null || names.includes(audience)) return token;
  throw new OutboundError(
    'audience_mismatch',
    target,
    'the caller\'s token is not for the target ("aud"). Have the provider issue it for both services, or exchange it: token: "exchange".',
  );
}

function caller(call: RunningCall | undefined, target: string): CallerToken {
  const standing = standingIn(call);
  const state = stateOf(call?.carrier);
  if (standing === 'within' && state?.token !== undefined) return { token: state.token, principal: state.principal };
  throw new OutboundError('caller_missing', target, MISSING[standing](state !== undefined));
}

const OWN_TOKEN = 'For the service\'s own token, write token: "service".';

/** Why there is no caller's token. */
const MISSING: Readonly<Record<Standing, (isWork: boolean) => string>> = {
  outside: () => `this code runs outside of a call, so there is no caller. ${OWN_TOKEN}`,
  unjudged: () => 'AuthzGuard has not authorized the call yet. Call it in guards or later, not in middleware or constructors.',
  within: (isWork) =>
    isWork
      ? `this code runs within runAs(), which has no token. ${OWN_TOKEN}`
      : 'the call has no token, or the handler is public.',
  over: () =>
    `the call is over, so its caller's token is not sent any more by a timer, a queue or a listener that the call started. ${OWN_TOKEN}`,
};
