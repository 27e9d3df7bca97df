import type { Principal } from '../principal.js';
import type { Attribute } from './condition.interface.js';

/** What a condition is about. */
export interface ConditionFacts {
  readonly principal: Principal;
  /** The resource in question. `undefined`: there is none, so conditions over it cannot be decided. */
  readonly resource: unknown;
  /** What the call brings. Never contains `now`. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Value of `context.now`, in milliseconds since 1970. One for each decision. */
  readonly now: number;
  /** Called if the resource has an attribute whose value is not of the declared type, so that it counts as missing. Default: nothing is called. */
  readonly onMisfit?: NoteMisfit | undefined;
}

/** Receives an attribute with a declared type, and the value of another type. */
export type NoteMisfit = (attribute: Attribute, value: unknown) => void;
