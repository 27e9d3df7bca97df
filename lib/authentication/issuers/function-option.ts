import { AuthzConfigError, shown } from '../../core/index.js';

/**
 * Accepts a synchronous function of the application. An async one would not be awaited, and its rejection would end the process.
 * @throws AuthzConfigError
 */
export function functionOption<F>(value: F, option: string): F {
  const isAsync = Object.prototype.toString.call(value) === '[object AsyncFunction]';
  if (typeof value === 'function' && !isAsync) return value;
  const came = isAsync ? 'an async one' : shown(value);
  throw new AuthzConfigError('AUTHZ_FUNCTION', `"${option}" must be a synchronous function, got ${came}.`);
}

/** Returns the result of such a function. If it is a promise all the same, its rejection does not end the process. */
export function unawaited<Result>(result: Result): Result {
  if (result instanceof Promise) result.catch(() => undefined);
  return result;
}

/** Calls a function of the application with a value of a token. Returns `undefined` if it throws or returns a promise. */
export function resultOf<Value>(call: (value: Value) => unknown, value: Value): unknown {
  try {
    const result = unawaited(call(value));
    return result instanceof Promise ? undefined : result;
  } catch {
    return undefined; // written for other tokens
  }
}
