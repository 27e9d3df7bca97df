import { Injectable, Logger, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { bearerCredentials, Authenticator, type Authentication } from '../authentication/index.js';
import {
  decide,
  needsPermissions,
  shown,
  type Decision,
  type Principal,
  type RefusalReason,
  type Requirement,
} from '../core/index.js';
import type { PermissionResolution } from '../mapping/index.js';
import { HandlerRequirements } from './handler-requirements.js';
import { PermissionResolver } from './permission-resolver.js';
import type { RefusalDetails } from './refusal.js';
import { refuse } from './refuse.js';
import { rememberState, type RequestState } from './request-state.js';

/** What we use of a request; on Fastify the Node request is its `raw`. */
interface HttpRequest {
  readonly raw?: { readonly rawHeaders: readonly string[] };
  readonly rawHeaders?: readonly string[];
  user?: Principal;
}

/** A call on its way through the guard. */
interface Call {
  readonly context: ExecutionContext;
  readonly requirement: Requirement;
  readonly request: HttpRequest;
}

/**
 * The one global guard: authenticates and authorises, so there is no order between guards to get wrong.
 * Each step takes what the one before it found; any may refuse.
 */
@Injectable()
export class AuthzGuard implements CanActivate {
  private readonly logger = new Logger('Authz');

  /** @internal Created by Nest. */
  constructor(
    private readonly authenticator: Authenticator,
    private readonly requirements: HandlerRequirements,
    private readonly permissions: PermissionResolver,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    if (context.getType() !== 'http') return this.refuse(context, 'context_unknown');
    const requirement = this.requirements.of(context.getClass(), context.getHandler());
    if (requirement.access === 'public') return true;
    return this.authenticate({ context, requirement, request: context.switchToHttp().getRequest<HttpRequest>() });
  }

  private authenticate(call: Call): true | Promise<true> {
    const credentials = bearerCredentials((call.request.raw ?? call.request).rawHeaders ?? []);
    switch (credentials.kind) {
      case 'ambiguous':
        return this.refuse(call.context, 'request_malformed');
      case 'none':
        return this.settle(call, decide(call.requirement, undefined, undefined));
      case 'token':
        return this.authenticator.authenticate(credentials.token).then((found) => this.authorize(call, credentials.token, found));
    }
  }

  private async authorize(call: Call, token: string, found: Authentication): Promise<true> {
    if (!('principal' in found)) return this.refuse(call.context, found.reason, found);
    const { principal } = found;
    const asked = this.permissions.resolve(principal);
    const state: RequestState = { token, principal, resolution: asked instanceof Promise ? await asked : asked };
    rememberState(call.request, state);
    call.request.user = principal;
    return this.settle(call, this.decide(call, state), state);
  }

  private decide({ context, requirement }: Call, { principal, resolution }: RequestState): Decision {
    if ('permissions' in resolution) return decide(requirement, principal, resolution.permissions);
    this.logger.warn(`${nameOf(context)}: no permissions are known for the caller: ${resolution.detail}`);
    if (needsPermissions(requirement)) return this.refuse(context, resolution.failure);
    return decide(requirement, principal, undefined);
  }

  private settle({ context }: Call, decision: Decision, state?: RequestState): true {
    if (decision.allowed) return true;
    const { reason, missing } = decision;
    return this.refuse(context, reason, reason === 'scope_missing' ? { scopes: missing } : {}, record(state, missing));
  }

  /** Tells the operator why and the client what the RFC says. */
  private refuse(context: ExecutionContext, reason: RefusalReason, details: RefusalDetails = {}, record = ''): never {
    if (Logger.isLevelEnabled('debug')) this.logger.debug(`${nameOf(context)} refused: ${reason}${record}`);
    refuse(context.getType() === 'http' ? context.switchToHttp().getResponse<unknown>() : undefined, reason, details);
  }
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

function revisionOf(resolution: PermissionResolution): string {
  return 'permissions' in resolution ? resolution.permissions.revision : 'none';
}
