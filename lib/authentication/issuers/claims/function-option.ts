import { functionOption, wrongValue } from '../../../core/index.js';

/**
 * Accepts a synchronous function of the application. The result of an async function would not be awaited, and its rejection would end the process.
 * @throws AuthzConfigError
 */
export function syncFunctionOption<Given>(value: Given, option: string): Extract<Given, (...given: never) => unknown> {
  const what = 'a function that returns its result synchronously';
  const isAsync = Object.prototype.toString.call(value) === '[object AsyncFunction]';
  if (isAsync) throw wrongValue('AUTHZ_FUNCTION', option, what, 'an async function');
  return functionOption(value, option, what);
}

/** Returns the result of such a function. If the result is a promise, its rejection does not end the process. */
export function unawaited<Result>(result: Result): Result {
  if (result instanceof Promise) result.catch(() => undefined);
  return result;
}

/** Returns the result of a function of the application for a value from a token; `undefined` if it throws, or returns a promise. */
export function resultOf<Given>(call: (given: Given) => unknown, given: Given): unknown {
  try {
    const result = unawaited(call(given));
    return result instanceof Promise ? undefined : result;
  } catch {
    // The function does not support the claims of this token.
  }
  return undefined;
}
