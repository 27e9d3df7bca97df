import { AuthzConfigError, type Requirement, type RequirementClause } from '../core/index.js';
import { statementsOf, type Class, type Handler, type Statement } from './requirement-metadata.js';

/**
 * What a handler of a class asks for: what is said on it and on the methods it overrides, and on the class and its bases, added up.
 * @throws AuthzConfigError if one of them is opened and closed at once.
 */
export function compileRequirement(controller: Class, handler: Handler): Requirement {
  const name = methodName(controller, handler);
  const onHandler = overriddenMethods(controller, handler, name).flatMap(statementsOf);
  const onClass = classChain(controller).flatMap(statementsOf);
  refuseContradiction(onClass, controller.name);
  refuseContradiction(onHandler, `${controller.name}.${name ?? handler.name}`);
  // The nearest that says anything says whether it is open; requirements of both add up.
  const access = onHandler[0]?.access ?? onClass[0]?.access ?? 'unstated';
  return access === 'authenticated' ? { access, clauses: clausesOf([...onClass, ...onHandler]) } : { access };
}

/** How the caller authenticated is asked last: who lacks a permission is not sent to authenticate again in vain. */
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

function classChain(controller: Class): readonly Class[] {
  const chain: Class[] = [];
  for (let at: unknown = controller; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at))
    chain.push(at as Class);
  return chain;
}

/** The handler and, under its name, the methods of the base classes: overriding one does not lose what it asks for. */
function overriddenMethods(controller: Class, handler: Handler, name: string | undefined): readonly Handler[] {
  if (name === undefined) return [handler];
  const methods = classChain(controller).map((at) => ownMethod(at, name));
  return [...new Set([handler, ...methods])].filter((method): method is Handler => typeof method === 'function');
}

function methodName(controller: Class, handler: Handler): string | undefined {
  for (const at of classChain(controller)) {
    const found = Object.getOwnPropertyNames(prototypeOf(at)).find((name) => ownMethod(at, name) === handler);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Read from the descriptor: a getter on a controller is not to be run. */
function ownMethod(of: Class, name: string): unknown {
  return Object.getOwnPropertyDescriptor(prototypeOf(of), name)?.value;
}

function prototypeOf(of: Class): object {
  return of.prototype as object;
}
