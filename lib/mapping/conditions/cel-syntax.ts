import type { ASTNode, ParseError } from '@marcbachmann/cel-js';
import { Environment } from '@marcbachmann/cel-js/evaluator';
import { shown } from '../../core/index.js';
import { fail } from './condition-fault.error.js';

/** A node of the syntax tree of a condition. */
export type SyntaxNode = ASTNode;

/** The text is short, and its nesting was checked: the parser's own limits, which count in another way, must not refuse what the language allows. */
const LIMIT = 10_000;
const environment = new Environment({
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: LIMIT, maxDepth: LIMIT, maxListElements: LIMIT, maxMapEntries: 0, maxCallArguments: LIMIT },
});

/** Parses a condition that `scanCondition` accepts. The only use of the CEL parser. @throws ConditionFaultError */
export function parseSyntax(text: string): SyntaxNode {
  try {
    return environment.parse(text).ast;
  } catch (error) {
    if (!isParseError(error)) throw error;
    const at = error.range?.start ?? 0;
    if (error.code === 'invalid_macro_argument')
      return fail('the first argument must be a name for the element, as in resource.tags.exists(tag, tag == "new").', at);
    const rest = text.slice(at).trim();
    return fail(rest === '' ? 'ends too early.' : `is not a condition here: ${shown(rest)}.`, at);
  }
}

/** By its name: importing the class would load all of the package. */
function isParseError(error: unknown): error is ParseError {
  return error instanceof Error && error.name === 'ParseError';
}
