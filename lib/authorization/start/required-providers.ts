import type { HandlerRule } from '../requirements/handler-rule.interface.js';
import type { CallFacts } from '../calls/call-decisions.js';

/** The loaders and policies that handlers require. */
export class RequiredProviders {
  constructor(private readonly facts: Pick<CallFacts, 'resources' | 'policies'>) {}

  /** Finds them. Call this after all modules are instantiated. @throws AuthzConfigError that names the handler and the class. */
  start(rules: readonly HandlerRule[]): void {
    this.facts.resources.start(rules);
    this.facts.policies.start(rules);
  }
}
