import fc from 'fast-check';
import { BoundedMap } from '../../../lib/core/index.js';
import { collectGarbage } from '../../memory/collect-garbage.js';
import { turns } from '../../waiting/turns.js';

/** A map in which each key is its own value. */
function holding(limit: number, ...keys: string[]): BoundedMap<string, string> {
  const map = new BoundedMap<string, string>(limit);
  for (const key of keys) map.set(key, key);
  return map;
}
const keysOf = (map: BoundedMap<string, string>) => [...map].map(([key]) => key);

describe('BoundedMap', () => {
  it('evicts the oldest entry at its limit and returns its value', () => {
    const map = holding(2, 'a', 'b');
    expect(map.set('c', 'c')).toBe('a');
    expect([keysOf(map), map.size, map.get('a')]).toEqual([['b', 'c'], 2, undefined]);
  });

  it('evicts the oldest entry, however often it was read with get()', () => {
    const map = holding(2, 'a', 'b');
    expect([map.get('a'), map.set('c', 'c')]).toEqual(['a', 'a']);
  });

  it('evicts the least recently used entry if entries are read with use()', () => {
    const map = holding(2, 'a', 'b');
    expect([map.use('a'), map.set('c', 'c'), map.use('a'), map.set('d', 'd')]).toEqual(['a', 'b', 'a', 'c']);
    expect(keysOf(map)).toEqual(['a', 'd']);
  });

  it('evicts nothing when it replaces a value, and makes the entry the newest', () => {
    const map = holding(2, 'a', 'b');
    expect([map.set('a', 'new'), map.get('a'), map.size]).toEqual([undefined, 'new', 2]);
    expect(map.set('c', 'c')).toBe('b');
  });

  it('accepts another entry after one was deleted', () => {
    const map = holding(2, 'a', 'b', 'c');
    expect([map.delete('b'), map.delete('b'), map.set('d', 'd'), map.set('e', 'e')]).toEqual([true, false, undefined, 'c']);
  });

  it('returns undefined for a missing key, and does not add it', () => {
    const map = holding(2);
    expect([map.get('a'), map.use('a'), map.delete('a'), map.size]).toEqual([undefined, undefined, false, 0]);
  });

  it('stays empty with a limit of 0', () => {
    const map = holding(0);
    expect([map.set('a', 'a'), map.set('b', 'b'), map.size, map.get('b')]).toEqual(['a', 'b', 0, undefined]);
  });

  it.each(['__proto__', 'constructor', ''])('holds the key %j as any other', (key) => {
    expect([holding(1).get(key), holding(1, 'a', key).get(key)]).toEqual([undefined, key]);
  });

  it('holds the latest entries if more are set than its limit', () => {
    const keys = Array.from({ length: 50_000 }, (_, index) => `k${index}`);
    expect(keysOf(holding(1000, ...keys))).toEqual(keys.slice(-1000));
  });

  it('keeps no evicted or deleted value alive, however often the others are used', async () => {
    const map = new BoundedMap<number, object>(100);
    for (let key = 0; key <= 100; key++) map.set(key, { key });
    for (let times = 0; times < 1000; times++) map.use(1 + (times % 100));
    const values = [...map].map(([, value]) => new WeakRef(value));
    for (let key = 1; key <= 100; key++) map.set(key, {});
    await turns(); // until then each WeakRef keeps what it was just made of
    collectGarbage();
    expect(values.filter((value) => value.deref() !== undefined)).toEqual([]);
  });

  it('agrees with a plain list for any sequence of operations', () => {
    const key = fc.integer({ min: 0, max: 12 });
    const step = fc.oneof(
      fc.record({ act: fc.constant('set' as const), key, value: fc.nat() }),
      fc.record({ act: fc.constantFrom('get' as const, 'use' as const, 'delete' as const), key }),
    );
    fc.assert(
      fc.property(fc.nat(8), fc.array(step, { maxLength: 300, size: 'max' }), (limit, steps) => {
        const doneTo = (map: BoundedMap<number, number> | ListOfEntries) =>
          steps.map((each) => [each.act === 'set' ? map.set(each.key, each.value) : map[each.act](each.key), map.size, [...map]]);
        expect(doneTo(new BoundedMap(limit))).toEqual(doneTo(new ListOfEntries(limit)));
      }),
    );
  });
});

/** A simple implementation to compare with. */
class ListOfEntries {
  private entries: [number, number][] = [];

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.entries.length;
  }

  get(key: number): number | undefined {
    return this.entries.find(([held]) => held === key)?.[1];
  }

  use(key: number): number | undefined {
    const value = this.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: number, value: number): number | undefined {
    this.delete(key);
    this.entries.push([key, value]);
    return this.entries.length > this.limit ? this.entries.shift()?.[1] : undefined;
  }

  delete(key: number): boolean {
    const before = this.entries.length;
    this.entries = this.entries.filter(([held]) => held !== key);
    return this.entries.length < before;
  }

  [Symbol.iterator](): Iterator<[number, number]> {
    return this.entries.values();
  }
}
