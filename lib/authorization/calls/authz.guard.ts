import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { carrierOf, rememberNoCaller } from './call-state.js';
import type { Call } from './call.interface.js';
import { Gate } from './gate.js';
import { HandlerRules } from '../requirements/handler-rules.js';
import { unknownTransport } from '../transports/unknown-transport.js';
import { Transports } from '../transports/transports.js';

/** Authenticates and authorizes the calls of every transport. One global guard, so there is no order between guards to get wrong. */
@Injectable()
export class AuthzGuard implements CanActivate {
  /** @internal Whether callers send tokens. */
  readonly readsTokens: boolean = true;

  /** @internal Created by Nest. */
  constructor(
    private readonly transports: Transports,
    private readonly rules: HandlerRules,
    /** @internal */
    protected readonly gate: Gate,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const rule = this.rules.of(context.getClass(), context.getHandler());
    const args = context.getArgs();
    const transport = this.transports.of(context.getType());
    const carrier = transport && carrierOf(transport, args);
    if (transport === undefined || carrier === undefined) {
      transport?.lost?.(args);
      return this.gate.refuse({ transport: unknownTransport, args, rule }, 'context_unknown');
    }
    transport.unwrap?.(args);
    if (rule.requirement.access !== 'public' && rule.requirement.access !== 'task')
      return this.judge({ transport, args, carrier, rule, context });
    rememberNoCaller(carrier);
    return true;
  }

  /** @internal Authorizes a call that is not public, or a connection. */
  judge(call: Call): true | Promise<true> {
    return this.gate.pass(call);
  }
}
