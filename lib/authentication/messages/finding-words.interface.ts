/** A finding as phrases without a full stop, with the remedy as sentences. A member is empty if there is nothing to say. */
export interface FindingWords {
  readonly came: string;
  readonly expected: string;
  readonly remedy: string;
}
