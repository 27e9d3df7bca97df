/** Most names that one message lists. */
const MAX_LISTED = 20;

/** Names for a message. */
export function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED;
  return names.slice(0, MAX_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
