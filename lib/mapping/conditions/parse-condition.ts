import { isDeepStrictEqual } from 'node:util';
import { shown, type Condition } from '../../core/index.js';
import type { ConditionResult, ResourceTypes } from '../document/condition-parser.interface.js';
import { parseSyntax, type SyntaxNode } from './cel-syntax.js';
import { ConditionFaultError, fail } from './condition-fault.error.js';
import { readCondition } from './read-condition.js';
import { scanCondition } from './scan-condition.js';
import { ANY_RESOURCE, resourceType } from './static-type.js';

const NO_VARIABLES = new Map<string, never>();

/** Parses and checks a condition. See ConditionParser. */
export function parseCondition(text: string, types: ResourceTypes): ConditionResult {
  try {
    scanCondition(text);
    return { condition: read(parseSyntax(text), types) };
  } catch (error) {
    if (error instanceof ConditionFaultError) return { fault: { message: error.message, at: error.at } };
    throw error;
  }
}

function read(node: SyntaxNode, types: ResourceTypes): Condition {
  if (types.size === 0) return readCondition(node, { resource: ANY_RESOURCE, variables: NO_VARIABLES });
  const conditions = Array.from(types, ([name, attributes]) =>
    readCondition(node, { resource: resourceType(name, attributes), variables: NO_VARIABLES }),
  );
  const [first = { kind: 'constant', value: false }, ...others] = conditions;
  const other = others.findIndex((condition) => !isDeepStrictEqual(condition, first));
  if (other < 0) return first;
  const [one, another] = [...types.keys()].filter((_, index) => index === 0 || index === other + 1);
  return fail(
    `its attributes have other types in ${shown(one)} than in ${shown(another)}: write one entry for each resource in place of a pattern.`,
    0,
  );
}
