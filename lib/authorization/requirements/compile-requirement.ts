import { AuthzConfigError, type Requirement, type RequirementClause } from '../../core/index.js';
import type { PolicyExpression } from '../policies/policy-expression.js';
import { classChain, decoratedTargets, statementsAt, type DecoratedTargets } from './decorated-targets.js';
import type { HandlerPlace } from './handler-places.js';
import { statementsOf, type Class, type Statement } from './requirement-metadata.js';

/**
 * Returns the requirement of a handler: the decorators on it, on the methods it overrides, and on the class and its bases, added up.
 * @throws AuthzConfigError if the decorators on one of them contradict each other.
 */
export function compileRequirement(place: HandlerPlace, { methods, classes } = decoratedTargets(place)): Requirement {
  const onHandler = statementsAt(methods);
  const onClass = classes.flatMap(statementsOf);
  refuseContradiction(onClass, place.type.name);
  refuseContradiction(onHandler, `${place.type.name}.${String(place.key)}`);
  // The nearest decorator decides the access; the clauses of handler and class add up.
  const access = onHandler[0]?.access ?? onClass[0]?.access ?? 'unstated';
  return access === 'authenticated' ? { access, clauses: clausesOf([...onClass, ...onHandler]) } : { access };
}

/** Returns the policies on a handler and its class, in the order of their clauses. They count only if the requirement asks for a caller. */
export function policiesOn({ methods, classes }: Pick<DecoratedTargets, 'methods' | 'classes'>): readonly PolicyExpression[] {
  return [...classes.flatMap(statementsOf), ...statementsAt(methods)].flatMap(({ policy }) => policy ?? []);
}

/** Returns the requirement of a class and its bases. @throws AuthzConfigError if the decorators on one of them contradict each other. */
export function compileClassRequirement(type: Class): Requirement {
  const statements = classChain(type).flatMap(statementsOf);
  refuseContradiction(statements, type.name);
  const access = statements[0]?.access ?? 'unstated';
  return access === 'authenticated' ? { access, clauses: clausesOf(statements) } : { access };
}

/** Puts step-up last: a caller without the permission must not be asked to authenticate again, which would not help. */
function clausesOf(statements: readonly Statement[]): readonly RequirementClause[] {
  const clauses = statements.flatMap(({ clause }) => clause ?? []);
  const isLast = ({ among }: RequirementClause) => Number(among === 'authentication');
  return clauses.sort((a, b) => isLast(a) - isLast(b));
}

function refuseContradiction(statements: readonly Statement[], place: string): void {
  const [first] = statements;
  const other = statements.find(({ access }) => access !== first?.access);
  if (first === undefined || other === undefined) return;
  throw new AuthzConfigError(
    'AUTHZ_CONTRADICTION',
    `${place} is ${first.written} and ${other.written} at once (its own or inherited). Remove one of them.`,
  );
}
