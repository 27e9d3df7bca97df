/** How the application's own code ended. `late`: it did not finish in time, so its result does not count. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'late' };

const LATE: Outcome = { kind: 'late' };

/**
 * Runs the application's own code, and waits for its promise until a deadline. Never throws or rejects. Synchronous if the code is: such code cannot be
 * stopped, so its time does not count.
 * @param deadlineMs How long a promise is awaited, in milliseconds.
 */
export function attempt(work: () => unknown, deadlineMs: number): Outcome | Promise<Outcome> {
  try {
    const value = work();
    return isThenable(value) ? settled(value, deadlineMs) : { kind: 'value', value };
  } catch (error) {
    return { kind: 'error', error };
  }
}

function settled(promise: PromiseLike<unknown>, deadlineMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, deadlineMs, LATE);
    const end = (outcome: Outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    // Promise.resolve() guards against a thenable whose then() throws.
    Promise.resolve(promise).then(
      (value) => end({ kind: 'value', value }),
      (error: unknown) => end({ kind: 'error', error }),
    );
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
