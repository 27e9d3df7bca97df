import { askedTooLate, type Refusal } from '../../../authorization/index.js';
import { WsRefusedException } from '../ws-refused.exception.js';

type Hook = (this: unknown, ...args: unknown[]) => unknown;

/** Closes the connection of a client. */
export type EndClient = (client: unknown, answer: Refusal) => void;

const caught = new WeakSet<Hook>();

/**
 * Catches errors of a gateway's hooks that the caller causes: a refusal by `Authz` closes the connection, and using `Authz` after the client has
 * disconnected is logged. Nest neither awaits hooks nor catches their errors, so such an error would end the process.
 */
export function catchRefusals(instance: object, names: readonly string[], end: EndClient): void {
  for (const name of names) {
    const hook: unknown = Reflect.get(instance, name);
    if (typeof hook === 'function' && !caught.has(hook as Hook))
      Reflect.defineProperty(instance, name, { value: catching(hook as Hook, end), configurable: true, writable: true });
  }
}

function catching(hook: Hook, end: EndClient): Hook {
  const catchingHook: Hook = function (...args) {
    const failed = (error: unknown): void => {
      if (askedTooLate(error)) return;
      if (!(error instanceof WsRefusedException)) throw error;
      end(args[0], error.answer);
    };
    try {
      const result = hook.apply(this, args);
      return result instanceof Promise ? result.catch(failed) : result;
    } catch (error) {
      failed(error);
      return undefined;
    }
  };
  caught.add(catchingHook);
  return catchingHook;
}
