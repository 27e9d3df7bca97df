/** Most names listed in one message. */
const MAX_LISTED = 20;

/**
 * Joins names for a message: the first `most` names, then the number of the others.
 * @param nameOf Returns the name of a value. Called only for the values that are listed.
 */
export function listed<Value>(
  values: readonly Value[],
  most = MAX_LISTED,
  nameOf: (value: Value, index: number) => string = String,
): string {
  const more = values.length - most;
  return values.slice(0, most).map(nameOf).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
