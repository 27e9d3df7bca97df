import type { Requirement } from '../core/index.js';
import type { AuthorizationSettings } from './authorization-settings.js';
import { compileRequirement } from './compile-requirement.js';
import { decoratedTargets } from './decorated-targets.js';
import { modeOn } from './decorators/authz-mode.decorator.js';
import type { EnforcementMode } from './enforcement-mode.js';
import type { Class, Handler } from './requirement-metadata.js';

/** What holds for one handler. */
export interface HandlerRule {
  /** `OrdersController.list` */
  readonly name: string;
  readonly requirement: Requirement;
  readonly mode: EnforcementMode;
}

/** The rule of every handler, compiled once. */
export class HandlerRules {
  private readonly compiled = new Map<Class, Map<Handler, HandlerRule>>();

  constructor(private readonly settings: AuthorizationSettings) {}

  /** What holds for a handler. @throws AuthzConfigError if its decorators contradict each other. */
  of(controller: Class, handler: Handler): HandlerRule {
    let handlers = this.compiled.get(controller);
    if (handlers === undefined) this.compiled.set(controller, (handlers = new Map<Handler, HandlerRule>()));
    let rule = handlers.get(handler);
    if (rule === undefined) handlers.set(handler, (rule = this.compile(controller, handler)));
    return rule;
  }

  private compile(controller: Class, handler: Handler): HandlerRule {
    const { name, methods, classes } = decoratedTargets(controller, handler);
    const requirement = compileRequirement(controller, handler);
    const isRelaxed = requirement.access === 'unstated' && this.settings.undecorated === 'authenticated';
    return {
      name,
      requirement: isRelaxed ? { access: 'authenticated', clauses: [] } : requirement,
      mode: [...methods, ...classes].map(modeOn).find((mode) => mode !== undefined) ?? this.settings.mode,
    };
  }
}
