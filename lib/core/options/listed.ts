/** Most names that one message lists. */
const MAX_LISTED = 20;

/**
 * Names for a message; beyond `most` they are counted only.
 * @param nameOf How a value is shown. Called for those that are listed.
 */
export function listed<Value>(
  values: readonly Value[],
  most = MAX_LISTED,
  nameOf: (value: Value, index: number) => string = String,
): string {
  const more = values.length - most;
  return values.slice(0, most).map(nameOf).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
