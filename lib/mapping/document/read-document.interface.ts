import type { ConditionParser } from './condition-parser.interface.js';
import type { PlaceOf } from './fault-report.js';

/** A parsed document, not yet checked. */
export interface ReadDocument {
  readonly document: unknown;
  readonly placeOf?: PlaceOf | undefined;
  /** Parses its conditions. `undefined`: the document has no conditions. */
  readonly parseCondition?: ConditionParser | undefined;
}
