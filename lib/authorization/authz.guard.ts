import { Inject, Injectable, Logger, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Authenticator, credentials, Possession, type Credentials, type Verification } from '../authentication/index.js';
import {
  andThen,
  decide,
  needsPermissions,
  shown,
  type Decision,
  type Principal,
  type RefusalReason,
  type Requirement,
} from '../core/index.js';
import type { PermissionResolution } from '../mapping/index.js';
import { Revocations } from '../revocation/index.js';
import { CandidateMapping } from './candidate-mapping.js';
import { HandlerRules, type HandlerRule } from './handler-rules.js';
import { rawHeadersOf, requestFacts, type HttpRequest } from './http-request.js';
import { PermissionResolver } from './permission-resolver.js';
import type { RefusalDetails } from './refusal.js';
import { Refusals } from './refusals.js';
import { RepeatedWarnings } from './repeated-warnings.js';
import { ReportMode } from './report-mode.js';
import { rememberState, type RequestState } from './request-state.js';

type Presented = Extract<Credentials, { readonly kind: 'token' }>;

/** A call on its way through the guard. */
interface Call {
  readonly context: ExecutionContext;
  readonly rule: HandlerRule;
  readonly request: HttpRequest;
}

/**
 * The one global guard: authenticates and authorises, so there is no order between guards to get wrong.
 * Each step takes what the one before it found; any may refuse. Nothing waits where nothing has to be awaited.
 */
@Injectable()
export class AuthzGuard implements CanActivate {
  private readonly logger = new Logger('Authz');

  /** @internal Created by Nest. */
  constructor(
    private readonly authenticator: Authenticator,
    private readonly possession: Possession,
    private readonly revocations: Revocations,
    private readonly rules: HandlerRules,
    private readonly permissions: PermissionResolver,
    private readonly refusals: Refusals,
    private readonly reportMode: ReportMode,
    private readonly warnings: RepeatedWarnings,
    @Inject(CandidateMapping) private readonly candidate: CandidateMapping | undefined,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    if (context.getType() !== 'http') return this.refuse(context, 'context_unknown');
    const rule = this.rules.of(context.getClass(), context.getHandler());
    if (rule.requirement.access === 'public') return true;
    return this.authenticate({ context, rule, request: context.switchToHttp().getRequest<HttpRequest>() });
  }

  private authenticate(call: Call): true | Promise<true> {
    const presented = credentials(rawHeadersOf(call.request), this.possession.acceptsDpop);
    switch (presented.kind) {
      case 'ambiguous':
        return this.refuse(call.context, 'request_malformed');
      case 'none':
        return this.settle(call, decide(call.rule.requirement, undefined, undefined, now()));
      case 'token':
        return andThen(this.authenticator.authenticate(presented.token), (found) => this.possess(call, presented, found));
    }
  }

  private possess(call: Call, presented: Presented, found: Verification): true | Promise<true> {
    if (!('principal' in found)) return this.refuse(call.context, found.reason, found);
    const { principal } = found;
    // Asked for every request, also for a token verified before.
    const withdrawn = this.revocations.check(principal);
    if (withdrawn !== undefined) return this.refuse(call.context, withdrawn, {}, withdrawnRecord(principal));
    const facts = () => requestFacts(call.request);
    return andThen(this.possession.check(principal, presented.token, presented.scheme, facts), (reason) =>
      reason === undefined ? this.authorize(call, presented.token, principal) : this.refuse(call.context, reason),
    );
  }

  private authorize(call: Call, token: string, principal: Principal): true | Promise<true> {
    return andThen(this.permissions.resolve(principal), (resolution) => {
      const state: RequestState = { token, principal, resolution };
      rememberState(call.request, state);
      call.request.user = principal;
      return this.settle(call, this.decide(call, state), state);
    });
  }

  private decide({ context, rule }: Call, { principal, resolution }: RequestState): Decision {
    const nowSeconds = now();
    const decision = decideOn(rule.requirement, principal, resolution, nowSeconds);
    if ('permissions' in resolution) this.candidate?.compare(rule, decision, principal, resolution.permissions, nowSeconds);
    else if (rule.mode === 'enforce')
      this.warnings.tell(`${nameOf(context)}: no permissions are known for the caller: ${resolution.detail}`);
    if (rule.mode === 'enforce') return decision;
    return this.reportMode.relax(rule, decision, principal, resolution, nowSeconds);
  }

  private settle({ context }: Call, decision: Decision, state?: RequestState): true {
    if (decision.allowed) return true;
    return this.refuse(context, decision.reason, detailsOf(decision), record(state, decision.missing));
  }

  /** Tells the operator why and the client what the RFC says. */
  private refuse(context: ExecutionContext, reason: RefusalReason, details: RefusalDetails = {}, record = ''): never {
    if (Logger.isLevelEnabled('debug')) this.logger.debug(`${nameOf(context)} refused: ${reason}${record}`);
    const response = context.getType() === 'http' ? context.switchToHttp().getResponse<unknown>() : undefined;
    return this.refusals.refuse(response, reason, details);
  }
}

function decideOn(
  requirement: Requirement,
  principal: Principal,
  resolution: PermissionResolution,
  nowSeconds: number,
): Decision {
  if ('permissions' in resolution) return decide(requirement, principal, resolution.permissions, nowSeconds);
  if (!needsPermissions(requirement)) return decide(requirement, principal, undefined, nowSeconds);
  return { allowed: false, reason: resolution.failure, missing: [], unmet: undefined };
}

function now(): number {
  return Date.now() / 1000;
}

/** What a client may be told beyond the reason: scopes, and how to authenticate. Permissions and roles are internal names. */
function detailsOf({ unmet }: Extract<Decision, { readonly allowed: false }>): RefusalDetails {
  if (unmet?.among === 'scopes') return { scopes: unmet.names };
  return unmet?.among === 'authentication' ? { authContext: unmet } : {};
}

function nameOf(context: ExecutionContext): string {
  return `${context.getClass().name}.${context.getHandler().name}`;
}

/** For the log: what was missing, for whom, under which mapping. Names from the token are escaped. */
function record(state: RequestState | undefined, missing: readonly string[]): string {
  const lacks = missing.length === 0 ? '' : `, missing ${missing.join(', ')}`;
  if (state === undefined) return lacks;
  return `${lacks}, subject ${shown(state.principal.subject)}, mapping revision ${revisionOf(state.resolution)}`;
}

/** For the log: whose token it was, so that somebody who wonders can find the rule. */
function withdrawnRecord({ issuer, subject }: Principal): string {
  return `, subject ${shown(subject)} of ${issuer}`;
}

function revisionOf(resolution: PermissionResolution): string {
  return 'permissions' in resolution ? resolution.permissions.revision : 'none';
}
