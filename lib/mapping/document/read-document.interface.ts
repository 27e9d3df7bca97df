import type { PlaceOf } from './fault-report.js';

/** A parsed document, not yet checked. */
export interface ReadDocument {
  readonly document: unknown;
  readonly placeOf?: PlaceOf | undefined;
}
