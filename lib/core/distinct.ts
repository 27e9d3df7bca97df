/** Up to this number of names, comparing each with each is faster than a Set. */
const FEW = 16;

/** Returns the names as a frozen list, each once, in the order of their first occurrence. */
export function distinct(names: readonly string[]): readonly string[] {
  const isDistinct = names.length <= FEW ? names.every(isFirst) : new Set(names).size === names.length;
  return Object.freeze(isDistinct ? [...names] : [...new Set(names)]);
}

function isFirst(name: string, index: number, names: readonly string[]): boolean {
  return names.indexOf(name) === index;
}
