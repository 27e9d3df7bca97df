/** Calls `next` synchronously if the value is already there, else after the promise. Saves a microtask per request. */
export function andThen<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
