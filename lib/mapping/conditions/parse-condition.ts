import type { ConditionResult, ResourceTypes } from '../document/condition-parser.interface.js';

/** Parses and checks a condition. See ConditionParser. */
export function parseCondition(text: string, types: ResourceTypes): ConditionResult {
  return { fault: { message: `cannot be parsed yet: ${text.length} ${types.size}.`, at: 0 } };
}
