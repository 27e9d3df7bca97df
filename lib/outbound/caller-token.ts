import { standingIn, stateOf, type CallScope, type RunningCall, type Standing } from '../authorization/index.js';
import { ownClaim, shown, type Principal } from '../core/index.js';
import type { Revocations } from '../revocation/index.js';
import { OutboundError } from './outbound.error.js';

/** What is needed of AuthzModule to know the caller. */
export interface CallerHost {
  readonly scope: Pick<CallScope, 'current'>;
  readonly revocations: Pick<Revocations, 'check'>;
  readonly clockToleranceSeconds: number;
  /** Of the one issuer that the application trusts; `undefined` where there are several, or where they are looked up. */
  readonly soleIssuer: string | undefined;
}

/** The verified token of the current caller. */
export interface CallerToken {
  readonly token: string;
  readonly principal: Principal;
}

/**
 * The token of whoever calls now. It passed the guard when the call began; a stream or a slow handler may have outlasted it.
 * @param target For messages.
 * @throws OutboundError
 */
function callerToken({ scope, revocations }: CallerHost, target: string, toleranceSeconds: number): CallerToken {
  const { token, principal } = caller(scope.current(), target);
  if (Date.now() / 1000 >= principal.expiresAt + toleranceSeconds)
    throw new OutboundError('caller_token_ended', target, "the caller's token has expired since the call began.");
  const reason = revocations.check(principal);
  if (reason === 'token_revoked')
    throw new OutboundError('caller_token_revoked', target, "the caller's token was withdrawn since the call began.");
  if (reason !== undefined)
    throw new OutboundError('unavailable', target, `it is not known whether the caller's token was withdrawn (${reason}).`);
  return { token, principal };
}

/**
 * The same, where it may be sent to the provider to be exchanged. Not after its end, however clocks differ: of what is exchanged then, nothing is kept.
 * @param issuers Whose tokens the provider may see.
 * @throws OutboundError
 */
export function exchangeable(host: CallerHost, target: string, issuers: ReadonlySet<string>): CallerToken {
  const known = callerToken(host, target, 0);
  if (issuers.has(known.principal.issuer)) return known;
  throw new OutboundError(
    'issuer_mismatch',
    target,
    `the caller's token is of ${shown(known.principal.issuer)}, and none of that issuer's are sent to the client's provider. If it may see them, write it into "client.exchangeIssuers".`,
  );
}

/**
 * The same, where it may be sent to the target as it is.
 * @param audience What its `aud` must contain; `null`: any.
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
    'the caller\'s token is not for it ("aud"). Have the provider issue it for both, or exchange it: token: "exchange".',
  );
}

function caller(call: RunningCall | undefined, target: string): CallerToken {
  const standing = standingIn(call);
  const state = stateOf(call?.carrier);
  if (standing === 'within' && state?.token !== undefined) return { token: state.token, principal: state.principal };
  throw new OutboundError('caller_missing', target, MISSING[standing](state !== undefined));
}

const OWN_TOKEN = 'The service\'s own token is there: token: "service".';

/** Why there is no token to be had. */
const MISSING: Readonly<Record<Standing, (isWork: boolean) => string>> = {
  outside: () => `nobody calls here, outside of a call. ${OWN_TOKEN}`,
  unjudged: () => 'AuthzGuard has not judged the call yet. Ask from the guards on, not in middleware or constructors.',
  within: (isWork) =>
    isWork
      ? `this work was begun by runAs(), which has no token. ${OWN_TOKEN}`
      : 'the call came without a token, or the handler is public.',
  over: () =>
    `the call is over, so nothing that it began (a timer, a queue, a listener) is sent with its caller's token. ${OWN_TOKEN}`,
};
