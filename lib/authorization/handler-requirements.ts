import type { Requirement } from '../core/index.js';
import type { AuthorizationSettings } from './authorization-settings.js';
import { compileRequirement } from './compile-requirement.js';
import type { Class, Handler } from './requirement-metadata.js';

/** The requirement of every handler, compiled once. */
export class HandlerRequirements {
  private readonly compiled = new Map<Class, Map<Handler, Requirement>>();

  constructor(private readonly settings: AuthorizationSettings) {}

  /** What a handler asks for. @throws AuthzConfigError if its decorators contradict each other. */
  of(controller: Class, handler: Handler): Requirement {
    let handlers = this.compiled.get(controller);
    if (handlers === undefined) this.compiled.set(controller, (handlers = new Map<Handler, Requirement>()));
    let requirement = handlers.get(handler);
    if (requirement === undefined) handlers.set(handler, (requirement = this.compile(controller, handler)));
    return requirement;
  }

  private compile(controller: Class, handler: Handler): Requirement {
    const requirement = compileRequirement(controller, handler);
    const relaxed = requirement.access === 'unstated' && this.settings.undecorated === 'authenticated';
    return relaxed ? { access: 'authenticated', clauses: [] } : requirement;
  }
}
