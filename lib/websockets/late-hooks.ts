import { askedTooLate } from '../authorization/index.js';

type Hook = (this: unknown, ...args: unknown[]) => unknown;

const kept = new WeakSet<Hook>();

/**
 * Keeps the process if an async hook of a gateway asks `Authz` after its client has left: Nest awaits no hook.
 * @param instance The gateway.
 */
export function keepLateHooks(instance: object, names: readonly string[]): void {
  for (const name of names) {
    const hook: unknown = Reflect.get(instance, name);
    if (typeof hook === 'function' && !kept.has(hook as Hook))
      Reflect.defineProperty(instance, name, { value: keeping(hook as Hook), configurable: true, writable: true });
  }
}

function keeping(hook: Hook): Hook {
  const keepingHook: Hook = function (...args) {
    const result = hook.apply(this, args);
    return result instanceof Promise ? result.catch(throwUnlessLate) : result;
  };
  kept.add(keepingHook);
  return keepingHook;
}

function throwUnlessLate(error: unknown): void {
  if (!askedTooLate(error)) throw error;
}
