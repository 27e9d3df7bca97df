import { AuthzConfigError, shown } from '../../core/index.js';

/**
 * A function of the application that answers at once: nobody awaits an async one, and its rejection would end the process.
 * @throws AuthzConfigError
 */
export function functionOption<F>(value: F, option: string): F {
  const isAsync = Object.prototype.toString.call(value) === '[object AsyncFunction]';
  if (typeof value === 'function' && !isAsync) return value;
  const came = isAsync ? 'an async one' : shown(value);
  throw new AuthzConfigError('AUTHZ_FUNCTION', `"${option}" must be a function that answers at once, got ${came}.`);
}

/** Returns the answer of such a function. If it is a promise all the same, its rejection does not end the process. */
export function unawaited<Answer>(answer: Answer): Answer {
  if (answer instanceof Promise) answer.catch(() => undefined);
  return answer;
}

/** What a function of the application answers to something from a token; `undefined` if it throws, or answers with a promise. */
export function answerOf<Given>(ask: (given: Given) => unknown, given: Given): unknown {
  try {
    const answer = unawaited(ask(given));
    return answer instanceof Promise ? undefined : answer;
  } catch {
    // It was made for other tokens.
  }
  return undefined;
}
