import { isRecord, kindOf, messageOf, type Principal } from '../../core/index.js';
import type { RepeatedWarnings } from '../logs/repeated-warnings.js';
import type { HandlerCall } from '../resources/resource-loader.interface.js';
import type { RunningCall } from './call.interface.js';
import { paramsOf } from './params-of.js';

type Values = Readonly<Record<string, unknown>>;

/** Returns what a call brings for conditions over `context`. The option `conditionContext`. */
export type ReadContext = (call: HandlerCall) => Values;

const EMPTY: Values = Object.freeze({});

/** Reads the context of calls with the function of the application, only if a condition or a policy needs it, and once for each call. */
export class ConditionContext {
  constructor(
    private readonly read: ReadContext | undefined,
    private readonly warnings: RepeatedWarnings,
  ) {}

  /** Returns a function that reads the context of a call; `undefined` if the option is not set. */
  of(call: Pick<RunningCall, 'transport' | 'args'>, principal: Principal): (() => Values) | undefined {
    const { read } = this;
    if (read === undefined) return undefined;
    let values: Values | undefined;
    return () => (values ??= this.readSafely(() => read({ principal, args: call.args, params: paramsOf(call) })));
  }

  /** Returns nothing if the function fails: conditions over `context` are then unknown. */
  private readSafely(read: () => unknown): Values {
    try {
      const values = read();
      if (values instanceof Promise)
        values.catch(() => undefined); // its rejection would end the process
      else if (isRecord(values)) return values;
      this.warn(`it returned ${values instanceof Promise ? 'a promise' : kindOf(values)} in place of an object`);
    } catch (error) {
      this.warn(messageOf(error));
    }
    return EMPTY;
  }

  private warn(cause: string): void {
    this.warnings.warn(
      () => `The function "conditionContext" failed, so conditions over "context" are unknown: ${cause}`,
      'condition context',
    );
  }
}
