import { decoratedAt, type Class, type Handler } from './requirement-metadata.js';

/** Where decorators speak for a handler. */
export interface DecoratedTargets {
  /** `OrdersController.list` */
  readonly name: string;
  /** Whether it is known which method of the class the handler stands for. */
  readonly isKnown: boolean;
  /**
   * The handler, what it was made of and the methods that it overrides, nearest first: neither wrapping one nor overriding it loses what it
   * asks for.
   */
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
    isKnown: method !== undefined,
    methods: method === undefined ? [handler] : methodsNamed(classes, handler, method),
    classes,
  };
}

/** A class and its bases, nearest first. */
export function classChain(type: Class): readonly Class[] {
  const chain: Class[] = [];
  for (let at: unknown = type; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at))
    chain.push(at as Class);
  return chain;
}

function methodsNamed(classes: readonly Class[], handler: Handler, name: string): readonly Handler[] {
  const methods = classes.flatMap((at) => [ownMethod(at, name), ...decoratedAt(prototypeOf(at), name)]);
  return [...new Set([handler, ...methods])].filter((method): method is Handler => typeof method === 'function');
}

function methodName(classes: readonly Class[], handler: Handler): string | undefined {
  for (const at of classes) {
    const found = Object.getOwnPropertyNames(prototypeOf(at)).find((name) => ownMethod(at, name) === handler);
    if (found !== undefined) return found;
  }
  return nameOfOriginal(classes, handler);
}

/** Bound in a constructor, or wrapped by what traces calls, a handler is another function, but goes by the name of its method. */
function nameOfOriginal(classes: readonly Class[], handler: Handler): string | undefined {
  const name = handler.name.replace(/^(bound )+/, '');
  return name !== 'constructor' && classes.some((at) => typeof ownMethod(at, name) === 'function') ? name : undefined;
}

/** Read from the descriptor: a getter on a controller is not to be run. */
function ownMethod(of: Class, name: string): unknown {
  return Object.getOwnPropertyDescriptor(prototypeOf(of), name)?.value;
}

function prototypeOf(of: Class): object {
  return of.prototype as object;
}
