import type { Class, Handler } from './requirement-metadata.js';

/** Where decorators speak for a handler. */
export interface DecoratedTargets {
  /** `OrdersController.list` */
  readonly name: string;
  /** The handler and the methods that it overrides, nearest first: overriding one does not lose what it asks for. */
  readonly methods: readonly Handler[];
  /** The class and its bases, nearest first. */
  readonly classes: readonly Class[];
}

/** Finds every method and class whose decorators count for a handler of a class. */
export function decoratedTargets(controller: Class, handler: Handler): DecoratedTargets {
  const classes = classChain(controller);
  const method = methodName(classes, handler);
  return {
    name: `${controller.name}.${method ?? handler.name}`,
    methods: method === undefined ? [handler] : overriddenMethods(classes, handler, method),
    classes,
  };
}

function classChain(controller: Class): readonly Class[] {
  const chain: Class[] = [];
  for (let at: unknown = controller; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at))
    chain.push(at as Class);
  return chain;
}

function overriddenMethods(classes: readonly Class[], handler: Handler, name: string): readonly Handler[] {
  const methods = classes.map((at) => ownMethod(at, name));
  return [...new Set([handler, ...methods])].filter((method): method is Handler => typeof method === 'function');
}

function methodName(classes: readonly Class[], handler: Handler): string | undefined {
  for (const at of classes) {
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
