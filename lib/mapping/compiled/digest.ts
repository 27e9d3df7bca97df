import { createHash } from 'node:crypto';
import type { AttributeTypes } from '../document/condition-parser.interface.js';
import type { ParsedEntry } from '../document/parse-entries.js';
import type { ParsedMapping } from '../document/parse-mapping.js';
import type { ParsedRoles } from '../document/parse-roles.js';
import type { Rules } from './numbers.js';

/** The numbered names of a document. */
interface DocumentNames {
  readonly entries: readonly string[];
  readonly roleNames: readonly string[];
  readonly rules: Rules;
}

/** Computes a digest that depends neither on the order of roles and tenants nor on descriptions. Hashes each name once, then numbers. */
export function digestOf(mapping: ParsedMapping, { entries, roleNames, rules }: DocumentNames): string {
  const { roles, permissions, tenants } = mapping;
  const [entryRanks, roleRanks, ruleRanks] = [ranks(entries), ranks(roleNames), ranks(rules.names())];
  const ruleNames = rules.names();
  const numbers: number[] = [];
  const addNames = (names: readonly string[], ranked: ReadonlyMap<string, number>) => {
    numbers.push(names.length);
    for (const name of names) numbers.push(ranked.get(name) ?? -1);
  };
  const rankOf = (entry: ParsedEntry) =>
    typeof entry === 'string'
      ? entryRanks.get(entry)
      : entryRanks.size + (ruleRanks.get(ruleNames[rules.numberOf(entry)] ?? '') ?? -1);
  const addEntries = (list: readonly ParsedEntry[]) => {
    numbers.push(list.length);
    for (const entry of list) numbers.push(rankOf(entry) ?? -1);
  };
  const addRoles = (own: ParsedRoles) => {
    numbers.push(own.size);
    for (const [name, { permissions: granted, deny, inherits }] of sorted(own)) {
      numbers.push(roleRanks.get(name) ?? -1);
      addEntries(granted);
      addEntries(deny);
      addNames(inherits, roleRanks);
    }
  };
  addRoles(roles);
  for (const [, own] of sorted(tenants)) addRoles(own);
  const names = [
    ...[entryRanks, roleRanks, new Map(sorted(tenants))].map((map) => [...map.keys()]),
    permissions && [...permissions.keys()].sort(),
    ...additions(mapping, [...ruleRanks.keys()]),
  ];
  return createHash('sha256').update(JSON.stringify(names)).update(Int32Array.from(numbers)).digest('hex').slice(0, 12);
}

/** Returns what conditions add. Nothing for a document without them, whose digest must stay what earlier releases computed. */
function additions({ resources, stepUps }: ParsedMapping, rules: readonly string[]): readonly unknown[] {
  if (rules.length + resources.size + stepUps.size === 0) return [];
  const clauses = sorted(stepUps).map(([name, { acr, maxAgeSeconds }]) => [name, acr, maxAgeSeconds ?? null]);
  return [rules, plainTypes(resources), clauses];
}

/** Maps have no JSON form. */
function plainTypes(types: ReadonlyMap<string, unknown>): unknown {
  return sorted(types).map(([name, type]) => [name, type instanceof Map ? plainTypes(type as AttributeTypes) : type]);
}

/** Returns the rank of each name in sorted order. */
function ranks(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map([...names].sort().map((name, rank) => [name, rank]));
}

function sorted<Value>(entries: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}
