import fc from 'fast-check';
import { TokenIdTable, type TokenIdRecord } from '../../../../lib/revocation/list/token-id-table.js';

const record = (id: string, expiresAt = 1000, more: Partial<TokenIdRecord> = {}): TokenIdRecord => ({
  id,
  expiresAt,
  madeAt: 1_700_000_000_123,
  subject: undefined,
  ...more,
});

describe('TokenIdTable', () => {
  it('finds an id that it holds, and no other', () => {
    const table = new TokenIdTable();
    table.set(record('a'));
    expect(table.has('a')).toBe(true);
    expect(table.get('a')).toEqual(record('a'));
    for (const other of ['', 'b', 'A', 'aa', 'a ']) expect(table.has(other)).toBe(false);
  });

  it('distinguishes strings with the same bytes or the same length', () => {
    const table = new TokenIdTable();
    table.set(record('é')); // in UTF-8 the bytes of "Ã©" in Latin-1
    expect(table.has('é')).toBe(true);
    expect(table.has('Ã©')).toBe(false);
    table.set(record('Ã©'));
    expect([table.has('é'), table.has('Ã©'), table.size]).toEqual([true, true, 2]);
  });

  it('holds an id once, with the later expiry and moment', () => {
    const table = new TokenIdTable();
    table.set(record('a', 1000, { madeAt: 5 }));
    table.set(record('a', 900, { madeAt: 7, subject: 'carl' }));
    table.set(record('a', 800, { madeAt: 6 }));
    expect(table.size).toBe(1);
    expect(table.get('a')).toEqual(record('a', 1000, { madeAt: 7, subject: 'carl' }));
    table.set(record('a', 1000, { madeAt: 8, subject: 'vera' }));
    expect(table.get('a')?.subject).toBeUndefined();
  });

  it('holds the longest id and subject', () => {
    const table = new TokenIdTable();
    const id = '\u{10ffff}'.repeat(128);
    for (let index = 0; index < 20; index++) table.set(record(`${id.slice(0, 250)}${index}`, 1000, { subject: id }));
    expect([...table.records()].map(({ subject }) => subject)).toEqual(Array.from({ length: 20 }, () => id));
  });

  it('behaves as a Map does, in whatever order ids are set, deleted and swept', () => {
    const id = fc.oneof(fc.stringMatching(/^[a-d]{1,3}$/), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }));
    const step = fc.oneof(
      fc.record({ act: fc.constant('set' as const), id, expiresAt: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ act: fc.constant('delete' as const), id, expiresAt: fc.constant(0) }),
      fc.record({ act: fc.constant('sweep' as const), id: fc.constant(''), expiresAt: fc.integer({ min: 1, max: 50 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const table = new TokenIdTable();
        const reference = new Map<string, number>();
        for (const { act, id: name, expiresAt } of steps) {
          if (act === 'set') {
            table.set(record(name, expiresAt));
            reference.set(name, Math.max(expiresAt, reference.get(name) ?? 0));
          } else if (act === 'delete') {
            if (table.delete(name) !== reference.delete(name)) return false;
          } else {
            table.sweep(expiresAt, 1_000_000);
            for (const [known, end] of reference) if (end <= expiresAt) reference.delete(known);
          }
        }
        expect(table.size).toBe(reference.size);
        expect(new Map([...table.records()].map((kept) => [kept.id, kept.expiresAt]))).toEqual(reference);
        const names = [...reference.keys(), ...steps.map(({ id: name }) => name)];
        expect(names.map((name) => table.has(name))).toEqual(names.map((name) => reference.has(name)));
        return true;
      }),
      { numRuns: 300 },
    );
  });

  it('holds a hundred thousand ids, and removes expired ones a part at a time', () => {
    const table = new TokenIdTable();
    for (let index = 0; index < 100_000; index++) table.set(record(`token-${index}`, index % 2 === 0 ? 100 : 200));
    for (let step = 0; step < 1000 && table.size > 50_000; step++) table.sweep(100, 1000);
    expect(table.size).toBe(50_000);
    const wrong = Array.from({ length: 100_000 }, (_, index) => index).filter(
      (index) => table.has(`token-${index}`) !== (index % 2 === 1),
    );
    expect(wrong).toEqual([]);
  });

  it('can be changed while it is iterated', () => {
    const table = new TokenIdTable();
    for (let index = 0; index < 1000; index++) table.set(record(`token-${index}`, index < 900 ? 100 : 200));
    const seen = new Set<string>();
    for (const { id } of table.records()) {
      seen.add(id);
      if (seen.size === 10) table.sweep(100, 1_000_000);
      table.set(record(`later-${seen.size}`, 300));
    }
    for (let index = 900; index < 1000; index++) expect(seen).toContain(`token-${index}`);
  });
});
