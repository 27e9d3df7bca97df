import type { ConditionalRule } from '../../core/index.js';
import type { ConditionFault, ConditionParser, ConditionResult, ResourceTypes } from './condition-parser.interface.js';

const NO_TYPES: ResourceTypes = new Map();

/** Parses the grants and denials of a document under a condition. Thousands of roles use the same few: each is parsed once. */
export class RuleParser {
  private readonly rules = new Map<string, ConditionalRule>();
  /** By declared resource and text. */
  private readonly results = new Map<string, ConditionResult>();
  private readonly types: ReadonlyMap<string, ResourceTypes>;

  /** @param parseCondition `undefined`: the document has no conditions. */
  constructor(
    private readonly resources: ResourceTypes,
    private readonly parseCondition: ConditionParser | undefined,
  ) {
    this.types = new Map(Array.from(resources, ([name, types]) => [name, new Map([[name, types]])]));
  }

  /** Returns the rule, the same one for the same permission and text, or why there is none. */
  parse(permission: string, when: string): ConditionalRule | { readonly fault: ConditionFault } {
    const key = `${permission}\0${when}`;
    const known = this.rules.get(key);
    if (known !== undefined) return known;
    const result = this.conditionFor(permission, when);
    if ('fault' in result) return result;
    const rule = { permission, when, condition: result.condition };
    this.rules.set(key, rule);
    return rule;
  }

  private conditionFor(permission: string, when: string): ConditionResult {
    if (this.parseCondition === undefined) throw new Error('a document with conditions was read without their parser');
    const [resource = ''] = permission.split(':', 1);
    // A pattern that begins with a star is about every resource.
    const types = resource === '*' ? this.resources : (this.types.get(resource) ?? NO_TYPES);
    const key = `${types === NO_TYPES ? '' : resource}\0${when}`;
    let result = this.results.get(key);
    if (result === undefined) this.results.set(key, (result = this.parseCondition(when, types)));
    return result;
  }
}
