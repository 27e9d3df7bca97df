/** A fault in a condition. Never leaves this folder. */
export class ConditionFaultError extends Error {
  constructor(
    message: string,
    /** Number of the first faulty character, from 0 on. */
    readonly at: number,
  ) {
    super(message);
  }
}

/** Ends the parse with a fault. */
export function fail(message: string, at: number): never {
  throw new ConditionFaultError(message, at);
}
