import { shown } from '../shown.js';
import { attributeReader } from './attribute-value.js';
import type { ConditionFacts } from './condition-facts.interface.js';
import { attributesOf, partsOf } from './condition-parts.js';
import { attributeText, conditionText } from './condition-text.js';
import { evaluateSafely } from './evaluate-safely.js';
import type { Attribute, Condition, Truth } from './condition.interface.js';

/** A value that a part of a condition has read. */
export interface ExplainedValue {
  /** As the mapping writes it: `resource.ownerId`. */
  readonly attribute: string;
  /** The value, shortened; `missing` if there is none, or if its type does not fit. */
  readonly value: string;
}

/** A part of a condition that is not divided further, such as a comparison. */
export interface ExplainedPart {
  /** As the mapping writes it: `resource.ownerId == principal.subject`. */
  readonly condition: string;
  readonly result: 'true' | 'false' | 'unknown';
  readonly values: readonly ExplainedValue[];
}

/** The result of a condition, and of each of its parts. */
export interface ExplainedCondition {
  readonly result: ExplainedPart['result'];
  readonly parts: readonly ExplainedPart[];
}

/** Evaluates a condition and shows which part had which result, with which values. For operators: the values are those of the resource and the token. */
export function explainCondition(condition: Condition, facts: ConditionFacts): ExplainedCondition {
  return { result: resultOf(condition, facts), parts: leavesOf(condition).map((part) => explainPart(part, facts)) };
}

function explainPart(part: Condition, facts: ConditionFacts): ExplainedPart {
  const attributes = new Map(attributesOf(part).map((attribute) => [attributeText(attribute), attribute]));
  return {
    condition: conditionText(part),
    result: resultOf(part, facts),
    values: Array.from(attributes, ([attribute, read]) => ({ attribute, value: valueText(read, facts) })),
  };
}

/** Returns the parts in their order. `exists` is one part: its body has another result for each element. */
function leavesOf(condition: Condition): readonly Condition[] {
  return condition.kind === 'exists' || partsOf(condition).length === 0 ? [condition] : partsOf(condition).flatMap(leavesOf);
}

function resultOf(condition: Condition, facts: ConditionFacts): ExplainedPart['result'] {
  return nameOf(evaluateSafely(condition, facts));
}

function nameOf(truth: Truth): ExplainedPart['result'] {
  return truth === undefined ? 'unknown' : truth ? 'true' : 'false';
}

function valueText(attribute: Attribute, facts: ConditionFacts): string {
  if (attribute.root === 'resource' && facts.resource === undefined) return 'no resource';
  const value = attributeReader(attribute)(facts, undefined);
  if (value === undefined) return 'missing';
  return value instanceof Date ? value.toISOString() : shown(value);
}
