/** A map that starts with the entries of another one, without a copy. Changes stay in the new map. */
export class LayeredMap<Value> {
  private readonly own = new Map<string, Value>();

  /** @param outer Must not change any more. */
  constructor(private readonly outer?: LayeredMap<Value>) {}

  get(key: string): Value | undefined {
    // A loop: the search for contradictions nests maps as deep as a condition has parts.
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the loop starts here
    for (let map: LayeredMap<Value> | undefined = this; map !== undefined; map = map.outer) {
      const found = map.own.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  set(key: string, value: Value): void {
    this.own.set(key, value);
  }
}
