/** Gathers the values of an option that may be written more than once. */
export function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
