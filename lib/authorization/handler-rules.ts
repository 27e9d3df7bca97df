import { SSE_METADATA } from '@nestjs/common/constants.js';
import { AuthzConfigError, type Requirement } from '../core/index.js';
import type { AuthorizationSettings } from './authorization-settings.js';
import { compileClassRequirement, compileRequirement } from './compile-requirement.js';
import { classChain, decoratedTargets } from './decorated-targets.js';
import { modeOn } from './decorators/authz-mode.decorator.js';
import { isControlPlane } from './decorators/control-plane.decorator.js';
import type { EnforcementMode } from './enforcement-mode.js';
import { entryKindOf, type EntryKind } from './entry-kind.js';
import type { Class, Handler } from './requirement-metadata.js';

/** What holds for one handler. */
export interface HandlerRule {
  /** `OrdersController.list` */
  readonly name: string;
  readonly kind: EntryKind;
  /** Whether it answers with server-sent events (`@Sse()`). */
  readonly isEventStream: boolean;
  /** Whether revoked tokens are accepted: services read what controls them here. Default: false. */
  readonly isControlPlane?: boolean;
  readonly requirement: Requirement;
  readonly mode: EnforcementMode;
}

/** The rule of every handler, compiled once. */
export class HandlerRules {
  /** Weak: a controller of request scope that binds its methods has new ones for every request. */
  private readonly compiled = new WeakMap<Class, WeakMap<Handler, HandlerRule>>();

  constructor(private readonly settings: AuthorizationSettings) {}

  /** What holds for a handler. @throws AuthzConfigError if its decorators contradict each other. */
  of(controller: Class, handler: Handler): HandlerRule {
    let handlers = this.compiled.get(controller);
    if (handlers === undefined) this.compiled.set(controller, (handlers = new WeakMap<Handler, HandlerRule>()));
    let rule = handlers.get(handler);
    if (rule === undefined) handlers.set(handler, (rule = this.compile(controller, handler)));
    return rule;
  }

  /**
   * What is asked for where a class is entered before any of its handlers: at the connection to a gateway. A class that says nothing asks for
   * a valid token. @throws AuthzConfigError if its decorators contradict each other.
   */
  ofClass(type: Class): HandlerRule {
    const requirement = compileClassRequirement(type);
    refuseTask(type.name, 'socket', requirement);
    const isOpen = requirement.access === 'unstated';
    return {
      name: type.name,
      kind: 'socket',
      isEventStream: false,
      requirement: isOpen ? { access: 'authenticated', clauses: [] } : requirement,
      mode: this.modeOf(classChain(type)),
    };
  }

  private compile(controller: Class, handler: Handler): HandlerRule {
    const { name, isKnown, methods, classes } = decoratedTargets(controller, handler);
    const kind = methods.map(entryKindOf).find((each) => each !== undefined) ?? 'route';
    const requirement = compileRequirement(controller, handler);
    refuseTask(name, kind, requirement);
    return {
      name,
      kind,
      isEventStream: Reflect.hasMetadata(SSE_METADATA, handler),
      isControlPlane: isKnown && methods.some(isControlPlane),
      requirement: isKnown ? this.stated(kind, requirement) : requirement,
      mode: this.modeOf([...methods, ...classes]),
    };
  }

  private modeOf(targets: readonly object[]): EnforcementMode {
    return targets.map(modeOn).find((mode) => mode !== undefined) ?? this.settings.mode;
  }

  /** A field of GraphQL that says nothing belongs to the operation that led to it, whose rule has been kept by then. */
  private stated(kind: EntryKind, requirement: Requirement): Requirement {
    if (requirement.access !== 'unstated') return requirement;
    if (kind === 'field') return { access: 'public' };
    return this.settings.undecorated === 'authenticated' ? { access: 'authenticated', clauses: [] } : requirement;
  }
}

function refuseTask(name: string, kind: EntryKind, { access }: Requirement): void {
  if (access !== 'task' || kind === 'message') return;
  throw new AuthzConfigError(
    'AUTHZ_SERVICE_TASK',
    `${name}: @ServiceTask() belongs on handlers of messages (@MessagePattern, @EventPattern, @GrpcMethod). Write @Public() where anyone may call it.`,
  );
}
